# A text that is found by its meaning: what is nearest to a question by the angle between their embeddings.
class Document < ApplicationRecord
  has_neighbors :embedding

  validates :title, presence: true

  # Once the row is there for the worker to see.
  after_save_commit -> { EmbedDocumentJob.perform_later(self) }, if: :text_changed?

  # The documents nearest to a question, nearest first; those that have no embedding yet are left out.
  def self.like(question, limit: 5)
    embedding = Embedding.of(question)
    return none unless embedding

    nearest_neighbors(:embedding, embedding, distance: "cosine").first(limit)
  end

  def text
    [ title, body ].compact_blank.join("\n\n")
  end

  private

  def text_changed?
    saved_change_to_title? || saved_change_to_body?
  end
end
