// GET / by k6, with a check of status and body. It prints its counts as one JSON line instead of its summary.
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
