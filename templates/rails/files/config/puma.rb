# Every thread may hold a database connection: config/database.yml sizes the pool by the same variable.
threads_count = Integer(ENV.fetch("RAILS_MAX_THREADS", 5))
threads threads_count, threads_count

# WEB_CONCURRENCY sets the number of processes, PUMA_PERSISTENT_TIMEOUT how long an idle connection of the
# router is kept; Puma reads both by itself.
port ENV.fetch("PORT", 3000)

plugin :tmp_restart

# Jobs inside the web process, for a set-up with one dyno; off unless asked for.
plugin :solid_queue if ENV["SOLID_QUEUE_IN_PUMA"]

pidfile ENV["PIDFILE"] if ENV["PIDFILE"]
