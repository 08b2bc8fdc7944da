# The app for Puma, as in Sinatra's documentation.

require_relative "app"

run Sinatra::Application
