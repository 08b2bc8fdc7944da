// The address to listen on, from HOST and PORT, as in every target.
"use strict";

const LARGEST_PORT = 65535;

// Return the host and the port to listen on; exit with code 2 and one line on stderr if one of them is invalid.
function listeningAddress({ HOST: host = "", PORT: port = "" } = process.env) {
  if (host === "") {
    refuse("HOST", "it is not set", "an address of this machine, such as 127.0.0.1");
  }
  if (!/^[0-9]+$/.test(port) || Number(port) < 1 || Number(port) > LARGEST_PORT) {
    refuse("PORT", port ? `'${port}' is not a port` : "it is not set", `a number from 1 to ${LARGEST_PORT}`);
  }
  return { host, port: Number(port) };
}

function refuse(variable, cause, remedy) {
  process.stderr.write(`error: can't listen (${variable} in the environment): ${cause}. Set it to ${remedy}.\n`);
  process.exit(2);
}

module.exports = { listeningAddress };
