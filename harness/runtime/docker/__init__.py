"""Targets as containers: the engine's client, images, containers, and what dead runs left of them."""
