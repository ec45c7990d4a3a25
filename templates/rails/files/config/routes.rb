Rails.application.routes.draw do
  # 200 when the application boots, 500 when it does not. It asks nothing of the database.
  get "up" => "rails/health#show", as: :rails_health_check

  resources :documents, only: %i[index show]
  root "documents#index"
end
