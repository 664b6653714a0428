"""A worker and a state with a clock that stands still, for the tests of the state."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

# Tests are imported by path; what they share is made known under its own name.
_PATH = Path(__file__).with_name("event_stream.py")
if "event_stream" not in sys.modules:
    _SPEC = importlib.util.spec_from_file_location("event_stream", _PATH)
    assert _SPEC is not None
    assert _SPEC.loader is not None
    sys.modules["event_stream"] = importlib.util.module_from_spec(_SPEC)
    _SPEC.loader.exec_module(sys.modules["event_stream"])
