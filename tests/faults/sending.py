"""What tests that send tasks need besides the app itself."""

from __future__ import annotations

from celery import Celery


def let_go(app: Celery) -> None:
    """Close the app with every connection that sending has opened."""
    app.pool.force_close_all()
    app.close()
