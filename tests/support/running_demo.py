"""`antflow demo` with its page, in a process of its own, and all that belongs to it."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import urllib.request
from pathlib import Path
from typing import Any

from polling import eventually
from processes import Child

# promised are 10 seconds; the rest is for a busy machine
ENDS_WITHIN = 40.0
MAIN = [sys.executable, "-c", "from antflow.cli import main; main()"]


class Demo:
    def __init__(self, folder: Path, *options: str) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        env = {"TMPDIR": str(self.temporary), "XDG_STATE_HOME": str(folder / "state")}
        command = [*MAIN, "demo", "--port", "0", *options]
        self.child = Child(command, folder / "demo.log", env)

    def address(self) -> str:
        def shown() -> str | None:
            assert self.child.alive, self.child.tail()
            found = re.search(r"Open (http://\S+)", self.child.tail())
            return found and found[1]

        return eventually(shown, 30, what=self.child.tail)

    def get(self, path: str, source: str = "demo") -> Any:
        return self.fetch(f"sources/{source}/{path}")

    def fetch(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.address()}api/v1/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def processes(self) -> dict[int, str]:
        """Pids and commands of all that have the demo's folder in their environment."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal() or int(entry.name) == os.getpid():
                continue
            try:
                if str(self.temporary).encode() in (entry / "environ").read_bytes():
                    found[int(entry.name)] = (entry / "cmdline").read_text()
            except OSError:
                continue
        return found

    def workers(self) -> list[int]:
        """Pids of the workers' main processes."""
        mains = {
            pid: (int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1]))
            for pid, command in self.processes().items()
            if "antflow.demo.cluster.worker" in command
        }
        return [pid for pid, parent in mains.items() if parent == self.child.pid]

    def left(self) -> list[object]:
        return [*self.processes().values(), *self.temporary.iterdir()]

    def works(self, source: str = "demo", succeeded: int = 20) -> bool:
        totals = self.get("frame", source)["totals"]
        return bool(totals["succeeded"] > succeeded and totals["failed"])

    def story(self) -> str:
        """What it said, its workers' logs, and its sources' totals."""
        logs = [path.read_text() for path in self.temporary.rglob("*.log")]
        totals = [(name, self.get("frame", name)["totals"]) for name in self.sources()]
        return "\n".join([self.child.tail(), *logs, str(totals)])

    def sources(self) -> list[str]:
        return [source["name"] for source in self.fetch("sources")]

    def kill(self) -> None:
        """End it whatever happened, and show what it said."""
        self.child.kill()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        print(self.child.tail())
