# What must hold before a change lands: `bin/ci` runs it here, .github/workflows/ci.yml there.
CI.run do
  step "Set up", "bin/setup --skip-server"
  step "Known holes in gems", "bundle exec bundler-audit check --update"
  step "Known holes in scripts", "bin/importmap audit"
  step "Holes of our own", "bundle exec brakeman --quiet --no-pager --exit-on-warn --exit-on-error"
  step "Settings of Solid Queue", "bin/rails solid_queue:check"
  step "Tests", "bin/rails test"
  step "Seeds", "env RAILS_ENV=test bin/rails db:seed:replant"
end
