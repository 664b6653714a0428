"""`antflow demo` as a user runs it: in a process of its own."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from antflow.demo.broken import BROKEN_SOURCES
from antflow.demo.pipeline import STAGES
from antflow.demo.source import stdlib_files

COMMAND = [sys.executable, "-W", "error", "-c", "from antflow.cli import main; main()"]
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and terminals of POSIX")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Temporary files go to the test's own folder."""
    plain = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "TTY_COMPATIBLE")}
    return {**plain, "TMPDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"}


@pytest.fixture
def demo(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, "demo", *map(str, options)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=110,
            check=False,
            env=environment,
        )

    return run


Demo = Callable[..., subprocess.CompletedProcess[str]]


def modules(path: Path) -> int:
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM modules").fetchone()[0])
        except sqlite3.OperationalError:  # the tables are not there yet
            return 0


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < end, "nothing came in 30 seconds"
        time.sleep(0.02)


def test_it_runs_over_library_files_and_ends_with_a_summary(demo: Demo) -> None:
    done = demo("--limit", 60, "--display", "full")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for heading in (
        "The run",
        "Task time",
        "Failures: ",
        "The largest functions",
        "The most imported modules",
    ):
        assert heading in done.stdout
    assert "bottleneck: " in done.stdout
    assert "files/s" in done.stdout


def test_on_a_pipe_there_are_no_control_codes(demo: Demo) -> None:
    output = demo("--limit", 20).stdout
    assert output
    assert "\x1b" not in output
    assert "\r" not in output


def test_the_five_broken_files_are_named_with_what_is_wrong(demo: Demo) -> None:
    output = demo("--limit", 1, "--display", "none").stdout
    for name in BROKEN_SOURCES:
        assert f"broken/{name}" in output
    assert "TabError: 1" in output


def test_the_traceback_is_shown_on_request(demo: Demo) -> None:
    output = demo("--limit", 1, "--display", "none", "--traceback").stdout
    assert "Traceback of broken/" in output
    assert "Traceback (most recent call last):" in output
    assert "ast.parse" in output


def test_the_database_is_where_it_was_asked_for(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    output = demo("--limit", 30, "--display", "none", "--db", path).stdout
    assert str(path) in output
    assert modules(path) >= 25


def test_without_a_path_the_database_is_in_a_temporary_folder(demo: Demo, tmp_path: Path) -> None:
    output = demo("--limit", 10, "--display", "none").stdout
    (path,) = tmp_path.glob("antflow-demo-*/*.db")
    assert str(path) in output
    assert not list(tmp_path.glob("antflow-broken-*"))


@pytest.mark.parametrize("display", ["full", "detailed", "compact", "progress"])
def test_every_display_runs_on_a_pipe(demo: Demo, display: str) -> None:
    done = demo("--limit", 20, "--display", display)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout


def test_without_a_display_the_summary_has_the_time_per_stage(demo: Demo) -> None:
    output = demo("--limit", 10, "--display", "none").stdout
    for stage in STAGES:
        assert any(line.split()[:1] == [stage] and " ms" in line for line in output.splitlines())


def test_the_tour_goes_round_twice(demo: Demo) -> None:
    done = demo("--tour", "--seconds", 1, "--limit", 40, "--display", "none")
    assert done.returncode == 0, done.stderr
    assert "At 45 files a second" in done.stdout
    assert "At full speed" in done.stdout
    assert done.stdout.count("The largest functions") == 1


def test_seconds_end_what_goes_round(demo: Demo) -> None:
    done = demo("--repeat", "--rate", 200, "--seconds", 0.5, "--limit", 5, "--display", "none")
    assert done.returncode == 0, done.stderr
    assert "cancelled" not in done.stdout


def test_the_whole_library_at_full_speed(demo: Demo, tmp_path: Path) -> None:
    """All of its files have an outcome: stored, or a failure that is shown."""
    path = tmp_path / "library.db"
    done = demo("--display", "none", "--db", path)
    assert done.returncode == 0, done.stderr
    assert f"{len(stdlib_files()) + len(BROKEN_SOURCES):,} files in " in done.stdout
    assert modules(path) > 0.9 * len(stdlib_files())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--workers", "Fetch=2"], "the stages are Read, Parse, Measure, Store"),
        (["--workers", "Parse=0"], "not like Parse=4"),
        (["--rate", "0"], "--rate"),
        (["--tour", "--repeat"], "leave out --rate and --repeat"),
    ],
)
def test_a_wrong_option_says_what_would_be_right(
    demo: Demo, options: Sequence[str], message: str
) -> None:
    done = demo(*options)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_somebody_elses_database_is_refused_and_left_alone(demo: Demo, tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE modules (precious)")
    done = demo("--db", path)
    assert done.returncode == 1
    assert "a database of something else" in done.stderr
    assert "Traceback" not in done.stderr
    assert modules(path) == 0


def test_a_path_that_cannot_be_written_is_an_error_without_a_traceback(
    demo: Demo, tmp_path: Path
) -> None:
    done = demo("--db", tmp_path / "no" / "such" / "folder.db")
    assert done.returncode == 1
    assert "unable to open" in done.stderr
    assert "Traceback" not in done.stderr


@POSIX
@pytest.mark.parametrize(("options", "code"), [(["--repeat"], 0), ([], 130)])
def test_ctrl_c_ends_it_with_the_summary(
    environment: dict[str, str], tmp_path: Path, options: list[str], code: int
) -> None:
    """Going round has no other end, so that Ctrl-C is no error there."""
    path = tmp_path / "library.db"
    process = subprocess.Popen(
        [*COMMAND, "demo", "--rate", "100", "--db", str(path), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    try:
        wait_for(lambda: modules(path) > 0, process)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert errors == ""
    assert process.returncode == code
    assert "bottleneck: " in output
    assert "The largest functions" in output


@POSIX
def test_on_a_terminal_every_worker_is_shown(environment: dict[str, str]) -> None:
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environment = {**environment, "TERM": "xterm-256color"}
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):  # there it would print plain lines
        environment.pop(name, None)
    process = subprocess.Popen(
        [*COMMAND, "demo", "--limit", "40", "--rate", "60"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    output = b""
    try:
        while chunk := _read(ours):
            output += chunk
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    text = output.decode("utf-8", errors="replace")
    assert "\x1b[" in text
    assert "Parse-W0" in text
    assert "The largest functions" in text


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side was closed
        return b""
