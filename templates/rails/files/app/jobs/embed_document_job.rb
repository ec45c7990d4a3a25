# Gives a document the embedding of its present text. Running it twice does no harm.
class EmbedDocumentJob < ApplicationJob
  queue_as :default

  def perform(document)
    document.update!(embedding: Embedding.of(document.text))
  end
end
