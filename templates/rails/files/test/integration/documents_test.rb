require "test_helper"

class DocumentsTest < ActionDispatch::IntegrationTest
  setup do
    Document.find_each { |document| EmbedDocumentJob.perform_now(document) }
  end

  test "the first page lists documents" do
    get root_path

    assert_response :ok
    assert_select "article", 2
  end

  test "a search puts the nearest document first" do
    get documents_path(q: "restore the backups")

    assert_select "article:first-of-type a", documents(:backups).title
  end

  test "a search without words finds nothing" do
    get documents_path(q: "?!")

    assert_select "article", 0
    assert_select ".nothing"
  end

  test "a document has a page of its own" do
    get document_path(documents(:invoices))

    assert_select "h1", "Invoices"
  end

  test "pages run no script but the application's own" do
    get root_path

    policy = response.headers["content-security-policy"]
    assert_match(/script-src 'self' 'nonce-/, policy)
    assert_match(/object-src 'none'/, policy)
  end
end
