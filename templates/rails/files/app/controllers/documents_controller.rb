class DocumentsController < ApplicationController
  # A search costs an embedding and a walk through the index. The count is kept in the cache.
  rate_limit to: 60, within: 1.minute, only: :index

  def index
    @query = params[:q].to_s.strip
    @documents = @query.empty? ? Document.order(created_at: :desc).limit(20) : Document.like(@query)
  end

  def show
    @document = Document.find(params.expect(:id))
  end
end
