# The contract's four endpoints in Sinatra, in the classic style of Sinatra's documentation.
#
# This file does not know how it is served; see puma_conf.rb and dev_server.rb.

require "json"
require "sinatra"
require "time"

WRONG_BODY = "body must be a JSON object"
WRONG_NAME = "name must be a non-empty string"
WRONG_AGE = "age must be an integer from 0 to 150"
AGES = (0..150)

configure :production do
  disable :logging # by default Sinatra logs every request
end

after do
  response["date"] = Time.now.httpdate # neither Sinatra nor Puma adds the Date that the contract requires
end

get "/" do
  content_type :text
  "Hello, World!"
end

get "/json" do
  content_type :json
  { message: "Hello, World!" }.to_json
end

get "/hello/:name" do |name|
  content_type :text
  "Hello, #{name}!"
end

post "/json" do
  greet(request)
end

# Sinatra refuses a body that is not the form that its content type says. The contract allows any content type.
error Sinatra::BadRequest do
  greet(request) if request.post? && request.path_info == "/json"
end

helpers do
  # Return a greeting of the person in the body, or 422 with the reason why the body is wrong.
  def greet(request)
    content_type :json
    request.body.rewind # Sinatra reads the body of a form
    name, age = read_person(JSON.parse(request.body.read))
    status 200
    { message: "Hello, #{name}! You are #{age}." }.to_json
  rescue JSON::ParserError
    refuse(WRONG_BODY)
  end

  # Return the name and the age of a decoded body; end the request if it breaks a rule of the contract.
  def read_person(body)
    fields = body.nil? ? {} : body # null counts as an absent value everywhere
    refuse(WRONG_BODY) unless fields.is_a?(Hash)
    name, age = fields.values_at("name", "age")
    refuse(WRONG_NAME) unless name.is_a?(String) && !name.empty?
    refuse(WRONG_AGE) unless age.is_a?(Integer) && AGES.cover?(age)
    [name, age]
  end

  # End the request with 422 and the reason.
  def refuse(reason)
    halt 422, { error: reason }.to_json
  end
end
