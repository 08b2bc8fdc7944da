# Probe of the installed Sinatra: measure its footprint, try its attributes, and print one JSON object.
#
# It runs on the Ruby that serves the app. It reads installed files and calls apps as Rack does; it needs neither a network
# nor a folder to write to. `no` means that Sinatra does not have the attribute. `by extension` means that Sinatra itself
# uses another package for it. Libraries that use Sinatra but that Sinatra does not know are not tried.

ENV["APP_ENV"] = "production"

require "json"
require "sinatra/base"

SERVED_BY = %w[sinatra puma].freeze
WEBSOCKET_HANDSHAKE = {
  "HTTP_CONNECTION" => "Upgrade",
  "HTTP_UPGRADE" => "websocket",
  "HTTP_SEC_WEBSOCKET_VERSION" => "13",
  "HTTP_SEC_WEBSOCKET_KEY" => "dGhlIHNhbXBsZSBub25jZQ=="
}.freeze

# Print the footprint and the attributes.
def main
  rows = attributes.map { |name, (answer, evidence)| { "name" => name, "answer" => answer, "evidence" => evidence } }
  puts JSON.generate("footprint" => footprint, "attributes" => rows)
end

# Return the size of Sinatra's files, and the number of gems that it and its server need.
def footprint
  library = File.dirname($LOADED_FEATURES.find { |file| file.end_with?("/sinatra/base.rb") })
  files = Dir.glob("#{library}/**/*").select { |file| File.file?(file) } + ["#{library}.rb"]
  gems = needed(SERVED_BY).sort
  [
    { "metric" => "footprint.framework", "unit" => "B", "value" => files.sum { |file| File.size(file) },
      "evidence" => "the #{files.size} files of its library" },
    { "metric" => "footprint.dependencies", "unit" => "1", "value" => gems.size,
      "evidence" => "gems: #{gems.join(", ")}" }
  ]
end

# Return the names of gems, and of all gems that they need.
def needed(names, found = [])
  (names - found).each do |name|
    found << name
    needed(Gem::Specification.find_by_name(name).runtime_dependencies.map(&:name), found)
  end
  found
end

# Try each attribute and return the answers with their evidence, by name.
def attributes
  {
    "language_version" => language_version,
    "async_views" => async_views,
    "validation" => validation,
    "websocket" => websocket,
    "admin" => served_or_named("admin", ["/admin"]),
    "orm" => served_or_named("orm|model|models|database|db", []),
    "authentication" => authentication,
    "documentation" => served_or_named("openapi|swagger|docs|schema", ["/docs", "/openapi.json", "/swagger"]),
    "single_binary" => single_binary
  }
end

# Return the oldest Ruby that Sinatra's metadata allow.
def language_version
  asked = Gem::Specification.find_by_name("sinatra").required_ruby_version.to_s
  ["Ruby #{asked[/[\d.]+/]}", "required_ruby_version: #{asked}"]
end

# Return whether Sinatra waits for a view that is a coroutine, which is a fiber in Ruby, or can wait on an event loop.
def async_views
  fiber = ask(app { get("/") { Fiber.new { "answered" } } }, "/")
  said = "a view that returns a Fiber is answered with status #{fiber.status} and #{fiber.body.bytesize} bytes"
  return ["yes", said] if fiber.body == "answered"

  evented = ask(app { get("/") { stream { |out| out << "answered" } } }, "/", "async.callback" => proc {})
  [no_or_yes(evented.body == "answered"), "#{said}; `stream` on an evented server: status #{evented.status}"]
rescue NameError => error
  message = error.message.lines.first.strip
  [error.name == :EventMachine ? "by extension" : "no", "#{said}; `stream` on an evented server: #{message}"]
end

# Return whether Sinatra refuses a body that breaks a declared type; its views declare none.
def validation
  echoing = app { post("/") { params["age"].inspect } }
  answer = ask(echoing, "/", method: "POST", "CONTENT_TYPE" => "application/json", input: '{"age": "old"}')
  said = names("validat.*")[1]
  ["no", "a view gets a body as it is: status #{answer.status}, params[\"age\"] is #{answer.body}; #{said}"]
end

# Return whether Sinatra accepts the handshake of RFC 6455.
def websocket
  status = ask(app { get("/") { "" } }, "/", **WEBSOCKET_HANDSHAKE).status
  [no_or_yes(status == 101), "a handshake is answered with status #{status}; #{names("websocket|sock|ws")[1]}"]
end

# Return whether Sinatra has means of authentication of its own, or uses those of Rack, as its documentation says.
def authentication
  named, said = names("auth|login|authenticate|authentication|authorize")
  guarded = app do
    use(Rack::Auth::Basic) { |user, password| [user, password] == %w[me secret] }
    get("/") { "in" }
  end
  refused = ask(guarded, "/").status
  let_in = ask(guarded, "/", "HTTP_AUTHORIZATION" => "Basic #{["me:secret"].pack("m0")}").status
  answer = [refused, let_in] == [401, 200] ? "by extension" : "no"
  answer = "yes" if named.any?
  [answer, "#{said}; Rack::Auth::Basic: status #{refused} without credentials and #{let_in} with them"]
end

# Return that Sinatra is not a single binary, with the number of files that it needs.
def single_binary
  files = $LOADED_FEATURES.count { |file| File.file?(file) }
  ["no", "`require \"sinatra/base\"` and what this probe used take the interpreter and #{files} files"]
end

# Return whether a new app serves one of the usual paths, or one of Sinatra's public names has one of the words.
def served_or_named(words, paths)
  statuses = paths.to_h { |path| [path, ask(app {}, path).status] }
  found, said = names(words)
  asked = statuses.map { |path, status| "#{path}: #{status}; " }.join
  [no_or_yes(found.any? || statuses.values.any? { |status| status < 400 }), asked + said]
end

# Return Sinatra's public names with one of the words, and the search in words.
def names(words)
  public_names = [
    *Sinatra.constants, *Sinatra::Base.constants, *Sinatra::Helpers.constants,
    *(Sinatra::Base.instance_methods - Object.instance_methods), *(Sinatra::Base.methods - Class.instance_methods)
  ].map(&:to_s).uniq
  found = public_names.select { |name| words_of(name).any?(/\A(?:#{words})\z/) }.sort
  listed = found.empty? ? "none" : found.join(", ")
  [found, "of Sinatra's #{public_names.size} public names about #{words.tr("|", " ").split.join(", ")}: #{listed}"]
end

# Return the words of a name in lower case: `NotFound` and `not_found` have the same words.
def words_of(name)
  name.scan(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/).map(&:downcase)
end

# Return a new app whose errors are raised.
def app(&definition)
  Sinatra.new do
    set :raise_errors, true
    class_eval(&definition)
  end
end

# Return the answer of an app to one request.
def ask(app, path, method: "GET", **environment)
  Rack::MockRequest.new(app).request(method, path, environment)
end

def no_or_yes(found)
  found ? "yes" : "no"
end

main
