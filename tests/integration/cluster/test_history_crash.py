"""What remains after kill -9, and on a disk that is full: real processes, real limits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from antflow.cluster.history import History

WRITES = """
import sys, time
from antflow.cluster.history import History
from antflow.cluster.state import TaskRecord
history = History("sqlite:///" + sys.argv[1])
history.open()
number = 0
while True:
    history.save([TaskRecord(uuid=f"t{number}", timestamp=time.time())])
    print(number, time.monotonic(), flush=True)
    number += 1
    time.sleep(0.002)
"""

FULL = """
import resource, sys, time
from antflow.cluster.history import History
from antflow.cluster.state import TaskRecord
history = History("sqlite:///" + sys.argv[1])
history.open()
history.save([TaskRecord(uuid="early")])
until = time.monotonic() + 20
while history.lag and time.monotonic() < until:
    time.sleep(0.01)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
history.save([TaskRecord(uuid=f"t{n}", args="x" * 2000) for n in range(1000)])
while not history.problems and time.monotonic() < until:
    time.sleep(0.01)
print(history.problems, history.lag > 0, [r.uuid for r in history.load(1)])
history.close(timeout=1)
"""


def test_kill_9_loses_at_most_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines: list[tuple[int, float]] = []
        for line in process.stdout:
            number, at = line.split()
            lines.append((int(number), float(at)))
            if lines[-1][1] - lines[0][1] > 2.5:
                break
        process.kill()
    history = History(f"sqlite:///{path}")
    history.open()
    kept = {record.uuid for record in history.load(10_000)}
    history.close()
    assert history.problems == []
    end = lines[-1][1]
    due = {f"t{number}" for number, at in lines if at < end - 1.0}
    assert due
    assert due <= kept


def test_a_full_disk_is_said_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "cannot be written" in ran.stdout, ran.stdout + ran.stderr
    assert "True ['early']" in ran.stdout
    history = History(f"sqlite:///{path}")
    history.open()
    assert "early" in {record.uuid for record in history.load(10)}
    history.close()
