# The address to listen on, from HOST and PORT, as in every target.

LARGEST_PORT = 65_535

# Return the host and the port to listen on; exit with code 2 and one line on stderr if one of them is invalid.
def listening_address(environment = ENV)
  host, port = environment.fetch("HOST", ""), environment.fetch("PORT", "")
  refuse_address("HOST", "it is not set", "an address of this machine, such as 127.0.0.1") if host.empty?
  unless port.match?(/\A\d+\z/) && (1..LARGEST_PORT).cover?(port.to_i)
    cause = port.empty? ? "it is not set" : "'#{port}' is not a port"
    refuse_address("PORT", cause, "a number from 1 to #{LARGEST_PORT}")
  end
  [host, port.to_i]
end

# Exit with code 2 and one line on stderr.
def refuse_address(variable, cause, remedy)
  warn "error: can't listen (#{variable} in the environment): #{cause}. Set it to #{remedy}."
  exit 2
end
