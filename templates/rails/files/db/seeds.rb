# A few documents to search in. May be run again: what is there already is left as it is.
{
  "Closing the books" => "At the end of the month every invoice is matched with its payment.",
  "Expense reports" => "Keep the receipt of every journey and meal; a report without receipts is not paid.",
  "Backing up the database" => "A backup that was never restored is a hope, not a backup."
}.each do |title, body|
  document = Document.find_or_create_by!(title:) { |new_document| new_document.body = body }
  EmbedDocumentJob.perform_now(document) if document.embedding.nil?
end
