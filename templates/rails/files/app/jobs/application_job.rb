class ApplicationJob < ActiveJob::Base
  retry_on ActiveRecord::Deadlocked

  # What the job was about is gone: nothing is left to do.
  discard_on ActiveJob::DeserializationError
end
