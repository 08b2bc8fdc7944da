// Serve the app with one process for each CPU that it may use, by Node's cluster module, as Express's page on
// performance recommends. This process accepts the connections and hands them to the others.
"use strict";

const cluster = require("node:cluster");
const { availableParallelism } = require("node:os");
const path = require("node:path");

const { listeningAddress } = require("./listening");

listeningAddress(); // an invalid address ends this process, and no worker is started
cluster.setupPrimary({ exec: path.join(__dirname, "serve.js") });

const listening = new Set();
let isEnding = false;

cluster.on("listening", (worker) => listening.add(worker.id));

// Replace a worker that has ended. One that never listened would end again: then all end.
cluster.on("exit", (worker, code) => {
  if (isEnding) {
    process.exitCode ||= code === 0 ? 0 : 1;
  } else if (listening.delete(worker.id)) {
    cluster.fork();
  } else {
    process.exitCode = 1;
    end();
  }
});

process.once("SIGTERM", end);

for (let started = 0; started < availableParallelism(); started += 1) {
  cluster.fork();
}

function end() {
  isEnding = true;
  Object.values(cluster.workers).forEach((worker) => worker.process.kill("SIGTERM"));
}
