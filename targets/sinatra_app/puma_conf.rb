# Puma's settings to serve the app in production. All other settings have Puma's defaults.
#
# Puma's language of settings: https://puma.io/puma/Puma/DSL.html. WEB_CONCURRENCY is Puma's own variable for the number of
# workers.

require "etc"
require_relative "listening"

host, port = listening_address
cpus = Etc.nprocessors # the CPUs that it may use, not those of the machine

bind "tcp://#{host.include?(":") ? "[#{host}]" : host}:#{port}"
environment "production"
# Puma's documentation: one process on one CPU, else clustered mode with a worker on each CPU.
workers Integer(ENV.fetch("WEB_CONCURRENCY", cpus > 1 ? cpus : 0))

# The contract allows 5 s to end with code 0, and an answer in flight takes milliseconds.
raise_exception_on_sigterm false
force_shutdown_after 3
