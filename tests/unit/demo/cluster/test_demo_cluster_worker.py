"""A process of a worker's pool does not outlive the worker."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

pytest.importorskip("celery")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="follows the worker on Linux only")

CHILD = """
import os
from antflow.demo.cluster.worker import die_with

die_with({worker})
print("lives")
"""
# the worker ends while this process, which it started, waits for it to be gone
ORPHAN = """
import os, sys
from antflow.demo.cluster.worker import die_with

worker = os.getpid()
gone, last = os.pipe()
if os.fork():
    os._exit(0)
os.close(last)
os.read(gone, 1)
die_with(worker)
print("lives")
"""


def said(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_one_whose_worker_runs_lives() -> None:
    assert said(CHILD.format(worker="os.getppid()")).stdout == "lives\n"


def test_one_that_was_started_by_another_process_ends() -> None:
    ended = said(CHILD.format(worker=1))
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")


def test_one_whose_worker_was_killed_before_it_could_follow_ends() -> None:
    assert said(ORPHAN).stdout == ""
