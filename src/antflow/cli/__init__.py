"""The `antflow` command. Each command is a module in here, imported when it is called."""

from __future__ import annotations

import io
import sys

_NO_CLICK = "The antflow command needs the package click, and it is not installed."


def main() -> None:
    """Run the command line; leaves by SystemExit with the command's exit code."""
    try:
        from antflow.cli.commands import antflow
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit(_NO_CLICK)
    _never_fail_on_output()
    antflow(prog_name="antflow")


def _never_fail_on_output() -> None:
    # a pipe on a machine with an old code page cannot take every character of a file's name
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
