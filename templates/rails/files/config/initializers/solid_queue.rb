# Solid Queue: which jobs run where is in config/queue.yml, what runs by the clock in config/recurring.yml.
Rails.application.configure do
  # Finished jobs stay for a day to be looked at; config/recurring.yml then clears them.
  config.solid_queue.preserve_finished_jobs = true
  config.solid_queue.clear_finished_jobs_after = 1.day

  # Heroku sends TERM, and KILL 30 seconds later. A job that has not ended by then goes back to the queue.
  config.solid_queue.shutdown_timeout = 25.seconds
end
