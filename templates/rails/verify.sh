#!/usr/bin/env bash
# Proves a rendered application with real Rails: verify.sh DIR
#
# Needs Ruby 3.3 or newer with Bundler, RubyGems in reach, curl, and PostgreSQL with pgvector. Without
# VERIFY_SERVER it makes a server of its own on 127.0.0.1, which PostgreSQL refuses to root; with it, say
# VERIFY_SERVER=postgres://postgres:postgres@localhost:5432, it makes and drops the databases verify_test and
# verify_production there.
#
# Works on a copy, and takes the gems that DIR/Gemfile.lock names.
set -euo pipefail

fail() { printf 'verify: %s\n' "$*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*"; }
need() { command -v "$1" >/dev/null || fail "\`$1\` is missing"; }

[ $# -eq 1 ] || fail "usage: verify.sh DIR"
[ -f "$1/Gemfile" ] || fail "\`$1\` holds no Gemfile: give the folder that \`trueup render\` wrote"
source_dir=$(cd "$1" && pwd)
need ruby
need bundle
need curl
ruby -e 'exit RUBY_VERSION >= "3.3"' || fail "Ruby 3.3 or newer is needed, this is $(ruby -v)"

# Nothing of the caller's may steer the application, and nothing here may ask a cloud for credentials.
unset DATABASE_URL RACK_ENV PORT WEB_CONCURRENCY RAILS_MAX_THREADS JOB_CONCURRENCY SOLID_QUEUE_IN_PUMA APP_HOST CI
export AWS_EC2_METADATA_DISABLED=true AWS_REGION=us-east-1 AWS_S3_BUCKET=verify
export AWS_ACCESS_KEY_ID=verify AWS_SECRET_ACCESS_KEY=verify
while read -r name; do [ -n "${!name:-}" ] || export "$name=verify"; done < <(
  ruby -e 'puts File.read(ARGV[0]).scan(/ENV\["(\w+)"\]/).flatten.uniq' "$source_dir/config/storage.yml")

work=$(mktemp -d)
pids=()
own_server=
cleanup() {
  local code=$? pid
  for pid in "${pids[@]}"; do stop "$pid"; done
  if [ "$code" -ne 0 ]; then
    for log in "$work"/*.log; do
      [ ! -s "$log" ] || { printf '\n-- the end of %s\n' "${log##*/}"; tail -n 30 "$log"; } >&2
    done
  fi
  [ -z "$own_server" ] || "$own_server/pg_ctl" -D "$work/cluster" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

free_port() { ruby -rsocket -e 'server = TCPServer.new("127.0.0.1", 0); puts server.addr[1]'; }

# Waits up to 60 seconds for a command to succeed, and no longer than the process lives that it asks about.
wait_for() {
  local what=$1 pid=$2 tries
  shift 2
  for ((tries = 0; tries < 120; tries++)); do
    "$@" >/dev/null 2>&1 && return
    kill -0 "$pid" 2>/dev/null || fail "$what: the process ended"
    sleep 0.5
  done
  fail "$what: not within 60 seconds"
}

# Ends a process as Heroku does: TERM, and KILL 30 seconds later.
stop() {
  local pid=$1 tries
  kill "$pid" 2>/dev/null || return 0
  for ((tries = 0; tries < 60; tries++)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.5
  done
  kill -KILL "$pid" 2>/dev/null || true
  echo "verify: ${2:-a process} did not end within 30 seconds of TERM, and was killed" >&2
}

step "PostgreSQL"
if [ -n "${VERIFY_SERVER:-}" ]; then
  server=${VERIFY_SERVER%/}
else
  own_server=$(dirname "$(command -v initdb || find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -n 1)")
  [ -x "$own_server/initdb" ] || fail "no PostgreSQL server here: install one with pgvector, or set VERIFY_SERVER"
  [ "$(id -u)" -ne 0 ] || fail "PostgreSQL refuses to run as root: run this as another user, or set VERIFY_SERVER"
  port=$(free_port)
  "$own_server/initdb" --auth trust --username verify --pgdata "$work/cluster" >"$work/initdb.log"
  "$own_server/pg_ctl" --wait -D "$work/cluster" -l "$work/postgres.log" \
    -o "-c listen_addresses=127.0.0.1 -p $port -k $work" start >/dev/null
  server=postgres://verify@127.0.0.1:$port
fi
echo "${server##*@}"

step "a copy of $source_dir"
mkdir "$work/app"
cp -a "$source_dir/." "$work/app/"
cd "$work/app"

step "gems"
export BUNDLE_FROZEN=true
bundle check >/dev/null 2>&1 || bundle install --quiet
bundle exec ruby -e 'puts %w[rails pg pgvector neighbor solid_queue solid_cache solid_cable puma].filter_map { |name| (gem = Gem.loaded_specs[name]) && "#{name} #{gem.version}" }'

step "migrations up, down and up, and the schema that Rails writes after them"
export RAILS_ENV=test DATABASE_URL=$server/verify_test DISABLE_DATABASE_ENVIRONMENT_CHECK=1
without_comments() { grep -v '^ *#' "$1" | sed '/^$/d'; }
without_comments db/schema.rb >"$work/schema"
bin/rails db:drop db:create >"$work/migrate.log" 2>&1
mv db/schema.rb "$work/emitted"
{ bin/rails db:migrate && bin/rails db:migrate VERSION=0 && bin/rails db:migrate; } >>"$work/migrate.log" 2>&1
without_comments db/schema.rb | diff "$work/schema" - || fail "db/schema.rb is not what the migrations make"

step "the database made from db/schema.rb, and seeds"
mv "$work/emitted" db/schema.rb
bin/rails db:drop db:create db:schema:load db:seed >>"$work/migrate.log" 2>&1

step "tests"
bin/rails test
bin/rails db:drop >>"$work/migrate.log" 2>&1

step "production: database, assets, settings of Solid Queue"
export RAILS_ENV=production DATABASE_URL=$server/verify_production
SECRET_KEY_BASE=$(ruby -rsecurerandom -e 'puts SecureRandom.hex(64)')
export SECRET_KEY_BASE
bin/rails db:drop db:create db:migrate >>"$work/migrate.log" 2>&1
bin/rails assets:precompile >"$work/assets.log" 2>&1
bin/rails solid_queue:check

step "production: web"
port=$(free_port)
PORT=$port bin/rails server >"$work/web.log" 2>&1 &
web=$!
pids+=("$web")
answer() { curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' "$@"; }
over_https() { [ "$(answer --header 'X-Forwarded-Proto: https' "http://127.0.0.1:$port$1")" = 200 ]; }
wait_for "GET /up" "$web" over_https /up
echo "/up answers 200 over https"
[ "$(answer "http://127.0.0.1:$port/up")" = 301 ] || fail "plain http is not redirected"
echo "/up redirects plain http"

step "production: worker"
bundle exec rake solid_queue:start >"$work/worker.log" 2>&1 &
worker=$!
pids+=("$worker")
bin/rails runner 'Document.create!(title: "Verify", body: "A job gives this its embedding.")' >"$work/enqueue.log" 2>&1
is_embedded() { bin/rails runner 'exit Document.sole.embedding.present? && SolidQueue::Job.sole.finished?'; }
wait_for "the job" "$worker" is_embedded
echo "a job was queued, run and finished"

step "production: search, cache"
bin/rails runner 'exit Document.like("embedding").first&.title == "Verify"' || fail "the search found nothing"
echo "the nearest neighbour was found"
bin/rails runner 'Rails.cache.write("verify", "kept")' >"$work/cache.log" 2>&1
bin/rails runner 'exit Rails.cache.read("verify") == "kept" && SolidCache::Entry.exists?' || fail "the cache lost a write"
echo "what one process wrote to the cache, another read from the database"

step "production: the end of both processes"
stop "$worker" worker
stop "$web" web
pids=()
bin/rails db:drop >>"$work/migrate.log" 2>&1

step "all of it holds"
