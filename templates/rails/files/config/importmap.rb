pin "application"
pin "@hotwired/turbo-rails", to: "turbo.min.js"
