"""Gives the names `flower.inspector`, `flower.events` and `flower.api.control` where none are."""
