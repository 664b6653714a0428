"""Celery clusters: inspect workers, follow tasks by events, steer both."""
