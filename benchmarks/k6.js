// GET / as k6 does it, checking the status and the body.
import http from "k6/http";
import { check } from "k6";

export default function () {
  const answer = http.get(__ENV.URL);
  check(answer, { right: (r) => r.status === 200 && r.body === "Hello, World!" });
}
