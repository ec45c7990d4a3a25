require "test_helper"

class EmbedDocumentJobTest < ActiveJob::TestCase
  test "the document gets the embedding of its text" do
    document = Document.create!(title: "Invoices", body: "Matched with payments.")

    perform_enqueued_jobs

    assert_equal document, Document.like("payments").first
  end

  test "a document that is gone by then is no failure" do
    Document.create!(title: "Invoices").destroy!

    assert_nothing_raised { perform_enqueued_jobs }
  end
end
