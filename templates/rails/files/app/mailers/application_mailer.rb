class ApplicationMailer < ActionMailer::Base
  default from: "no-reply@#{ENV.fetch("APP_HOST", "localhost")[/[^\s,]+/]}"
  layout false
end
