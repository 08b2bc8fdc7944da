"""The docker runtime: client of the engine, images, containers, and leftovers of dead runs."""
