"""GET / by stock Locust: an HttpUser without the harness, which checks what scenarios/hello.py checks."""

from locust import HttpUser, constant, task


class StockUser(HttpUser):
    """User that requests the greeting."""

    wait_time = constant(0)

    @task
    def greeting(self) -> None:
        """Request the greeting."""
        with self.client.get("/", catch_response=True) as answer:
            if answer.text != "Hello, World!":
                answer.failure(f"not the greeting: {answer.text[:80]!r}")
