"""Run as a program: becomes another program, which dies with whoever started it.

python launch.py USER PARENT_PID GUARD PROGRAM ARGUMENTS…

USER: to become; empty: stay who we are. GUARD: `1` where the program starts others that would
outlive it; this process then stays, and takes its whole group with it.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    user, parent, guard, *command = sys.argv[1:]
    if user:
        entry = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if guard == "1":
        stay(command, int(parent))
    else:
        die_with(int(parent), signal.SIGKILL)
        os.execvp(command[0], command)


def die_with(parent: int, signum: int) -> None:
    if sys.platform == "linux":
        # after the change of user, which would undo it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum)
        if os.getppid() != parent:
            sys.exit("whoever started this is gone")


def stay(command: list[str], parent: int) -> None:
    signal.signal(signal.SIGUSR1, lambda *_: os.killpg(os.getpgrp(), signal.SIGKILL))
    die_with(parent, signal.SIGUSR1)
    child = os.fork()
    if not child:
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        os.execvp(command[0], command)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    _pid, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


main()
