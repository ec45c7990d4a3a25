require "test_helper"

class DocumentTest < ActiveSupport::TestCase
  include ActiveJob::TestHelper

  # An embedding that points along one dimension, and a little along the next.
  def pointing(dimension, aside: 0.0)
    Array.new(Embedding::DIMENSIONS, 0.0).tap do |numbers|
      numbers[dimension] = 1.0
      numbers[dimension + 1] = aside
    end
  end

  test "the database has pgvector" do
    version = Document.connection.select_value("SELECT extversion FROM pg_extension WHERE extname = 'vector'")

    assert_predicate version, :present?
  end

  test "neighbours come nearest first" do
    near = Document.create!(title: "near", embedding: pointing(0, aside: 0.1))
    far = Document.create!(title: "far", embedding: pointing(7))
    nearer = Document.create!(title: "nearer", embedding: pointing(0))

    neighbours = Document.nearest_neighbors(:embedding, pointing(0), distance: "cosine")

    assert_equal [ nearer, near, far ], neighbours.first(3)
    assert_in_delta 0.0, neighbours.first.neighbor_distance
  end

  test "the search goes through the HNSW index" do
    plan = Document.transaction do
      Document.connection.execute("SET LOCAL enable_seqscan = off")
      Document.nearest_neighbors(:embedding, pointing(0), distance: "cosine").limit(1).explain.inspect
    end

    assert_includes plan, "index_documents_on_embedding"
  end

  test "an embedding of another length is refused" do
    assert_not Document.new(title: "short", embedding: [ 1.0, 2.0 ]).valid?
  end

  test "a new text is embedded by a job, an unchanged one is not" do
    document = Document.new(title: "Invoices")

    assert_enqueued_with(job: EmbedDocumentJob) { document.save! }
    assert_no_enqueued_jobs { document.update!(embedding: pointing(3)) }
  end

  test "documents without an embedding are not found" do
    assert_empty Document.like("invoices")

    EmbedDocumentJob.perform_now(documents(:invoices))
    assert_equal [ documents(:invoices) ], Document.like("invoices")
  end
end
