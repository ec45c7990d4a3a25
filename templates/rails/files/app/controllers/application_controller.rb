class ApplicationController < ActionController::Base
  # Browsers that lack what the pages use get public/406-unsupported-browser.html.
  allow_browser versions: :modern
end
