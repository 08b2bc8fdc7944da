"""GET / by stock Locust: a FastHttpUser without the harness."""

from locust import FastHttpUser, constant, task


class StockUser(FastHttpUser):
    """User that requests the greeting. FastHttpUser itself checks only the status."""

    wait_time = constant(0)

    @task
    def greeting(self) -> None:
        """Request the greeting."""
        self.client.get("/")
