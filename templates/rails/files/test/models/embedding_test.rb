require "test_helper"

class EmbeddingTest < ActiveSupport::TestCase
  test "a text becomes as many numbers as the column holds" do
    assert_equal Document.columns_hash.fetch("embedding").limit, Embedding.of("one text").size
  end

  test "the length is one, whatever the text" do
    assert_in_delta 1.0, Embedding.of("pay the invoice, then pay the next").sum { |number| number**2 }
  end

  test "capitals and punctuation make no difference" do
    assert_equal Embedding.of("Month end"), Embedding.of("month, END!")
  end

  test "no word, no embedding" do
    assert_nil Embedding.of("  ... ")
  end
end
