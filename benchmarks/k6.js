// GET / as k6 does it, checking status and body; what it has counted, as one JSON line in place of its summary.
import http from "k6/http";
import { check } from "k6";

export default function () {
  const answer = http.get(__ENV.URL);
  check(answer, { right: (r) => r.status === 200 && r.body === "Hello, World!" });
}

export function handleSummary({ metrics, state }) {
  const report = {
    requests: metrics.http_reqs.values.count,
    wrong: metrics.checks.values.fails,
    duration_ms: state.testRunDurationMs,
  };
  return { stdout: JSON.stringify(report) + "\n" };
}
