require "test_helper"

# The queue as production has it: a row in the application's own database, run by Solid Queue.
class SolidQueueTest < ActiveSupport::TestCase
  class NoteJob < ActiveJob::Base
    self.queue_adapter = :solid_queue

    def perform(words) = Rails.cache.write("note", words)
  end

  test "a job is a row until it is done" do
    NoteJob.perform_later("done")

    job = SolidQueue::Job.sole
    assert_predicate job, :ready?
    assert_equal "SolidQueueTest::NoteJob", job.class_name
  end

  test "a job of a transaction that is undone is undone with it" do
    ActiveRecord::Base.transaction do
      NoteJob.perform_later("never")
      raise ActiveRecord::Rollback
    end

    assert_equal 0, SolidQueue::Job.count
  end
end
