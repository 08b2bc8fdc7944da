"""The self-test: each row checks the harness against a server whose true behaviour is known."""
