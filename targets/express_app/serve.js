// Serve the app with Node's HTTP server, in this process. In production cluster.js runs one for each CPU.
"use strict";

const { app } = require("./app");
const { listeningAddress } = require("./listening");

// The same as in the other targets, so that no target needs more connects than another. Node's default is 5 s.
const KEEP_ALIVE_MS = 75_000;
// The contract allows 5 s to end, and an answer in flight takes milliseconds.
const GRACE_MS = 3_000;
const BETWEEN_LOOKS_MS = 50;

const { host, port } = listeningAddress();
const server = app.listen(port, host, (error) => {
  if (error) {
    process.stderr.write(`error: can't serve (${host}, port ${port}): ${error.message}.\n`);
    process.exit(1);
  }
});
server.keepAliveTimeout = KEEP_ALIVE_MS;

// Accept no more connections, finish the answers in flight, and end with code 0.
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  setInterval(() => server.closeIdleConnections(), BETWEEN_LOOKS_MS);
  setTimeout(() => server.closeAllConnections(), GRACE_MS);
});
