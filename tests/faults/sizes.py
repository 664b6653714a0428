"""How much of everything: small enough for every run, or as `make soak` wants it."""

from __future__ import annotations

import os

SOAK = bool(os.environ.get("ANTFLOW_SOAK"))

KILLS = 50 if SOAK else 10
TASKS = 5_000 if SOAK else 1_000
OUTAGES = (1.0, 5.0, 30.0)  # seconds
FLOOD = 1_000_000 if SOAK else 100_000
LOSSY = 3_000 if SOAK else 300

GUARD = 10
"""A promised time is asserted at its value by the benchmarks, and at ten times it here."""
