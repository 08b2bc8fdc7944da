"""Serve the app as uvicorn's documentation does for development: reload, every request logged."""

import uvicorn
from listening import listening_address

GRACE_S = 3  # the contract allows 5 s to end

if __name__ == "__main__":
    host, port = listening_address()
    uvicorn.run("app:app", host=host, port=port, reload=True, timeout_graceful_shutdown=GRACE_S)
