Rails.application.configure do
  config.enable_reloading = false
  # CI loads everything once, so that a file that cannot be loaded fails there and not in production.
  config.eager_load = ENV["CI"].present?
  config.public_file_server.headers = { "cache-control" => "public, max-age=3600" }

  config.consider_all_requests_local = true
  config.cache_store = :null_store
  config.action_dispatch.show_exceptions = :rescuable
  config.action_controller.allow_forgery_protection = false

  config.active_job.queue_adapter = :test
  config.active_storage.service = :test

  config.action_mailer.delivery_method = :test
  config.action_mailer.default_url_options = { host: "www.example.com" }

  config.active_support.deprecation = :stderr
  config.i18n.raise_on_missing_translations = true
  config.action_controller.raise_on_missing_callback_actions = true
end
