"""Celery apps that tests run in real workers."""
