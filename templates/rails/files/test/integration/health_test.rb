require "test_helper"

class HealthTest < ActionDispatch::IntegrationTest
  test "the health check answers 200" do
    get "/up"

    assert_response :ok
  end
end
