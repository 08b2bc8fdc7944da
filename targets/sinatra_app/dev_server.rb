# Serve the app as `ruby app.rb` does: Sinatra's development environment, every request logged. It ends as the contract
# requires.

require_relative "listening"
host, port = listening_address # before Sinatra reads PORT
require_relative "app"

set :bind, host
set :port, port
set :server_settings, { raise_exception_on_sigterm: false, force_shutdown_after: 3 } # Puma's, as in puma_conf.rb
Sinatra::Application.run!
