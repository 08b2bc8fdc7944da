"""The harness held against servers whose true behaviour is known, row by row."""
