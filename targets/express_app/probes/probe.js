// Probe of the installed Express: measure its footprint, try its attributes, and print one JSON object.
//
// It runs in the app's folder, on the Node that serves the app. It reads installed files and asks apps on an abstract
// socket; it needs neither a network nor a folder to write to. "no" means that Express does not have
// the attribute. Packages that use Express but that Express does not know are not tried.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const express = require("express");

const FRAMEWORK = path.join("node_modules", "express");
const INSTALLED = path.join("node_modules", ".package-lock.json");
const PATIENCE_MS = 10_000;
const WEBSOCKET_HANDSHAKE = {
  "Connection": "Upgrade",
  "Upgrade": "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

let sockets = 0;

async function main() {
  process.stdout.write(`${JSON.stringify({ footprint: footprint(), attributes: await attributes() })}\n`);
}

// Return the size of Express's files, and the number of packages that the app needs to serve.
function footprint() {
  const files = filesIn(FRAMEWORK);
  const packages = Object.entries(JSON.parse(fs.readFileSync(INSTALLED, "utf8")).packages);
  const needed = packages.filter(([, { dev }]) => !dev).map(([place]) => place.split("node_modules/").pop());
  return [
    {
      metric: "footprint.framework",
      unit: "B",
      value: files.reduce((total, file) => total + fs.statSync(file).size, 0),
      evidence: `the ${files.length} files of its package`,
    },
    {
      metric: "footprint.dependencies",
      unit: "1",
      value: needed.length,
      evidence: `packages, without those for development: ${needed.sort().join(", ")}`,
    },
  ];
}

function filesIn(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = path.join(folder, entry.name);
    return entry.isDirectory() ? filesIn(place) : [place];
  });
}

async function attributes() {
  const found = {
    "language_version": languageVersion(),
    "async_views": await asyncViews(),
    "validation": await validation(),
    "websocket": await websocket(),
    "admin": await servedOrNamed("admin", ["/admin", "/admin/"]),
    "orm": await servedOrNamed("orm|models?|database|db", []),
    "authentication": await servedOrNamed("auth|login|authenticate|authentication|authorize", ["/login"]),
    "documentation": await servedOrNamed("openapi|swagger|docs|schema", ["/docs", "/openapi.json", "/swagger"]),
    "single_binary": singleBinary(),
  };
  return Object.entries(found).map(([name, [answer, evidence]]) => ({ name, answer, evidence }));
}

// Return the oldest Node that Express's metadata allow.
function languageVersion() {
  const asked = JSON.parse(fs.readFileSync(path.join(FRAMEWORK, "package.json"), "utf8")).engines.node;
  return [`Node ${asked.match(/[\d.]+/)[0]}`, `engines.node: ${asked}`];
}

// Return whether Express waits for a handler that is an async function, and handles its rejection.
async function asyncViews() {
  const app = express();
  app.get("/", async (req, res) => {
    await null;
    res.send("answered");
  });
  app.get("/rejected", async () => Promise.reject(new Error("rejected")));
  app.use((error, req, res, next) => res.status(503).end());
  const answered = await ask(app, "/");
  const rejected = await ask(app, "/rejected");
  const evidence = `an async handler answers with status ${answered}, and a rejected one leads to the error handler: ${rejected}`;
  return [yes(answered === 200 && rejected === 503), evidence];
}

// Return whether Express refuses a body that breaks a declared type: its routes take no declaration.
async function validation() {
  const app = express();
  app.use(express.json());
  let got;
  app.post("/", (req, res) => {
    got = typeof req.body.age;
    res.end();
  });
  const status = await ask(app, "/", { method: "POST", headers: { "Content-Type": "application/json" } }, '{"age": "old"}');
  const [found, said] = names("validat.*");
  return [yes(found.length > 0), `a handler gets the body as it is: status ${status}, age is a ${got}; ${said}`];
}

// Return whether Express accepts the handshake of RFC 6455.
async function websocket() {
  const app = express();
  app.get("/", (req, res) => res.end());
  const status = await ask(app, "/", { headers: WEBSOCKET_HANDSHAKE });
  const [found, said] = names("websocket|sock|ws");
  return [yes(status === 101 || found.length > 0), `a handshake is answered with status ${status}; ${said}`];
}

// Return whether a new app serves one of the usual paths, or one of Express's public names has a word that matches.
async function servedOrNamed(words, paths) {
  const app = express();
  const statuses = await Promise.all(paths.map((place) => ask(app, place)));
  const [found, said] = names(words);
  const asked = paths.map((place, position) => `${place}: ${statuses[position]}; `).join("");
  return [yes(found.length > 0 || statuses.some((status) => status < 400)), asked + said];
}

function singleBinary() {
  const files = Object.keys(require.cache).length;
  return ["no", `\`require("express")\` alone takes Node and ${files} module files`];
}

// Return Express's public names with a word that matches, and the search in words.
function names(words) {
  const owners = [express, express.application, express.request, express.response, express.Router, express()];
  const all = new Set(owners.flatMap((owner) => Object.keys(owner)).filter((name) => !name.startsWith("_")));
  const wanted = new RegExp(`^(${words})$`);
  const found = [...all].filter((name) => wordsOf(name).some((word) => wanted.test(word))).sort();
  const listed = found.join(", ") || "none";
  return [found, `of Express's ${all.size} public names about ${words.replaceAll("|", ", ")}: ${listed}`];
}

function wordsOf(name) {
  return (name.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
}

// Return the status with which an app answers a request.
async function ask(app, place, options = {}, body = undefined) {
  const server = http.createServer(app);
  const socketPath = `\0express-probe-${process.pid}-${sockets += 1}`;
  await new Promise((resolve) => server.listen(socketPath, resolve));
  try {
    return await new Promise((resolve, reject) => {
      const where = { socketPath, path: place, agent: false, timeout: PATIENCE_MS };
      const request = http.request({ ...where, ...options }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      request.on("upgrade", (answer, socket) => {
        socket.destroy();
        resolve(answer.statusCode);
      });
      request.on("timeout", () => request.destroy(new Error(`${place} is not answered`)));
      request.on("error", reject);
      request.end(body);
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function yes(is) {
  return is ? "yes" : "no";
}

main().catch((error) => {
  process.stderr.write(`error: can't probe Express: ${error.stack}\n`);
  process.exit(1);
});
