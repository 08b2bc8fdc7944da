"""GET / as stock Locust does it: a FastHttpUser, without any of the harness."""

from locust import FastHttpUser, constant, task


class StockUser(FastHttpUser):
    """Ask for the greeting, and check nothing but the status, as FastHttpUser does by itself."""

    wait_time = constant(0)

    @task
    def greeting(self) -> None:
        """Ask for the greeting."""
        self.client.get("/")
