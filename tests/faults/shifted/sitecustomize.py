"""Found by Python at its start, before anything else reads the clock: sets it wrong."""

import os
import time

SECONDS = float(os.environ.get("ANTFLOW_TEST_CLOCK", "0"))
_right = time.time


def _wrong() -> float:
    return _right() + SECONDS


time.time = _wrong
