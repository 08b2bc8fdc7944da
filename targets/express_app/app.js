// The contract's four endpoints in Express, in the style of Express's documentation.
//
// This module does not know how it is served; see cluster.js and serve.js. NODE_ENV is Express's own variable: in
// development every request is logged, with the middleware that Express's generator sets up.
"use strict";

const express = require("express");

const WRONG_BODY = "body must be a JSON object";
const WRONG_NAME = "name must be a non-empty string";
const WRONG_AGE = "age must be an integer from 0 to 150";
const OLDEST = 150;

const app = express();
app.disable("x-powered-by"); // Express's page on security recommends it for production
app.enable("strict routing"); // a trailing slash is another path
app.enable("case sensitive routing");
if (app.get("env") === "development") {
  app.use(require("morgan")("dev"));
}

app.get("/", (req, res) => {
  res.type("text/plain").send("Hello, World!");
});

app.get("/json", (req, res) => {
  res.json({ message: "Hello, World!" });
});

app.get("/hello/:name", (req, res, next) => {
  const { name } = req.params;
  if (name.includes("/")) {
    next(); // Express decodes a slash only after it has chosen the route
    return;
  }
  res.type("text/plain").send(`Hello, ${name}!`);
});

const readJson = express.json({ type: () => true, strict: false, verify: refuseEmpty, reviver: refuseFractions });

app.post("/json", readJson, (req, res) => {
  const wrong = wrongness(req.body);
  if (wrong) {
    res.status(422).json({ error: wrong });
    return;
  }
  res.json({ message: `Hello, ${req.body.name}! You are ${req.body.age}.` });
}, (error, req, res, next) => {
  res.status(422).json({ error: WRONG_BODY });
});

// Express reads an empty body as {}.
function refuseEmpty(req, res, body) {
  if (body.length === 0) {
    throw new SyntaxError("the body is empty");
  }
}

// JSON.parse reads 36.0 and 1e2 as integers; the contract takes a number only as it is written.
function refuseFractions(key, value, { source }) {
  return typeof value === "number" && !/^-?\d+$/.test(source) ? NaN : value;
}

// Return the contract's message for the first rule that a decoded body breaks; undefined for a body that breaks none.
function wrongness(body) {
  const fields = body === null ? {} : body; // null counts as an absent value everywhere
  if (typeof fields !== "object" || Array.isArray(fields)) {
    return WRONG_BODY;
  }
  if (typeof fields.name !== "string" || fields.name === "") {
    return WRONG_NAME;
  }
  if (!Number.isInteger(fields.age) || fields.age < 0 || fields.age > OLDEST) {
    return WRONG_AGE;
  }
  return undefined;
}

module.exports = { app };
