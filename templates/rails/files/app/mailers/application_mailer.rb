class ApplicationMailer < ActionMailer::Base
  default from: -> { "no-reply@#{Rails.application.config.action_mailer.default_url_options[:host]}" }
  layout false
end
