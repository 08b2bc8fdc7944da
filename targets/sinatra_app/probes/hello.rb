# The smallest Sinatra app that works: the metric footprint.app_lines counts its lines. `ruby hello.rb` serves it.
require 'sinatra'

get '/' do
  'Hello world!'
end
