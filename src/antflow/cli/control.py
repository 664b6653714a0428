"""`antflow control`: steer workers, tasks and queues from the shell."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from antflow.cli.target import application, said, with_target
from antflow.exceptions import AntFlowError
from antflow.redaction import Redactor
from antflow.source import Answer

if TYPE_CHECKING:
    from antflow.cluster.control import Control

Do = Callable[["Control", str | None, Sequence[str]], Awaitable[list[Answer]]]


class Known(NamedTuple):
    """A verb of the shell.

    Attributes:
        words: what follows it, as the help shows it.
        help: one line.
        do: does it, with the worker of `-d` and the words.
        least: words at least.
        most: words at most; None: any number.
        needs_worker: whether `-d` has to be given.
        grave: whether it asks before.
    """

    words: str
    help: str
    do: Do
    least: int = 0
    most: int | None = 0
    needs_worker: bool = False
    grave: bool = False


def _number(words: Sequence[str], place: int = 0, default: int = 1) -> int:
    return int(words[place]) if len(words) > place else default


def _seconds(words: Sequence[str], place: int) -> float | None:
    return float(words[place]) if len(words) > place and words[place] != "-" else None


VERBS: Final[dict[str, Known]] = {
    "shutdown": Known(
        "", "have it finish its tasks and end", lambda c, w, a: c.shutdown(str(w)), 0, 0, True, True
    ),
    "pool_restart": Known(
        "", "restart its pool", lambda c, w, a: c.pool_restart(str(w)), 0, 0, True
    ),
    "pool_grow": Known(
        "[N]", "add processes", lambda c, w, a: c.pool_grow(str(w), _number(a)), 0, 1, True
    ),
    "pool_shrink": Known(
        "[N]", "take processes away", lambda c, w, a: c.pool_shrink(str(w), _number(a)), 0, 1, True
    ),
    "autoscale": Known(
        "MIN MAX",
        "set the bounds of its pool",
        lambda c, w, a: c.autoscale(str(w), _number(a), _number(a, 1)),
        2,
        2,
        True,
    ),
    "add_consumer": Known(
        "QUEUE", "take from a queue", lambda c, w, a: c.add_consumer(str(w), a[0]), 1, 1, True
    ),
    "cancel_consumer": Known(
        "QUEUE",
        "take no more from a queue",
        lambda c, w, a: c.cancel_consumer(str(w), a[0]),
        1,
        1,
        True,
    ),
    "rate_limit": Known(
        "TASK RATE", "such as 10/m; 0: none", lambda c, w, a: c.rate_limit(a[0], a[1], w), 2, 2
    ),
    "time_limit": Known(
        "TASK SOFT [HARD]",
        "in seconds; -: none",
        lambda c, w, a: c.time_limit(a[0], _seconds(a, 1), _seconds(a, 2), w),
        2,
        3,
    ),
    "revoke": Known("ID…", "do not run these", lambda c, w, a: c.revoke(a), 1, None),
    "terminate": Known(
        "ID…",
        "revoke, and end them where they run",
        lambda c, w, a: c.revoke(a, terminate=True),
        1,
        None,
        False,
        True,
    ),
    "abort": Known("ID", "ask an AbortableTask to end", lambda c, w, a: c.abort(a[0]), 1, 1),
    "pause": Known(
        "QUEUE",
        "have nobody take from it (add_consumer undoes it)",
        lambda c, w, a: c.pause(a[0]),
        1,
        1,
    ),
    "purge": Known(
        "QUEUE",
        "throw its messages away",
        lambda c, w, a: c.purge(a[0]),
        1,
        1,
        False,
        True,
    ),
    "enable_events": Known("", "have all send events", lambda c, w, a: c.enable_events()),
}

_LIST = "\n".join(
    f"  {f'{name} {verb.words}'.strip():<28}{verb.help}{' (-d)' if verb.needs_worker else ''}"
    for name, verb in VERBS.items()
)


@click.command(
    "control",
    help="Steer Celery workers, tasks and queues. VERB is one of these; (-d) needs a worker.\n\n"
    f"\b\n{_LIST}",
)
@click.argument("verb")
@click.argument("words", nargs=-1, metavar="[WORDS]…")
@click.option("-d", "--destination", "worker", metavar="WORKER", help="The worker.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_target
def command(
    *,
    verb: str,
    words: Sequence[str],
    worker: str | None,
    yes: bool,
    as_json: bool,
    app: str | None,
    broker: str | None,
    timeout: float,
) -> None:
    """Run one verb; the exit code is 1 where anything was refused."""
    known = _checked(verb.replace("-", "_"), words, worker)
    if known.grave and not yes:
        target = " ".join(filter(None, [*words, worker]))
        click.confirm(f"{verb} {target}: sure?", abort=True)
    try:
        found = asyncio.run(_do(known, application(app, broker), worker, words, timeout))
    except (AntFlowError, ValueError) as error:
        raise click.ClickException(said(error)) from error
    _show(found, as_json)
    sys.exit(0 if all(each.ok for each in found) else 1)


def _checked(name: str, words: Sequence[str], worker: str | None) -> Known:
    known = VERBS.get(name)
    if known is None:
        raise click.UsageError(f"no verb {name!r}; there are {', '.join(VERBS)}")
    if len(words) < known.least or (known.most is not None and len(words) > known.most):
        raise click.UsageError(f"{name} takes: {known.words or 'nothing more'}")
    if known.needs_worker and not worker:
        raise click.UsageError(f"{name} needs a worker: -d celery@host")
    return known


async def _do(
    known: Known, capp: Any, worker: str | None, words: Sequence[str], timeout: float
) -> list[Answer]:
    from antflow.cluster.control import Control

    control = Control(capp, timeout=timeout)
    try:
        return await known.do(control, worker, words)
    finally:
        await control.aclose()


def _show(answers: Sequence[Answer], as_json: bool) -> None:
    hide = Redactor().text
    rows = [{"who": each.who, "ok": each.ok, "message": hide(each.message)} for each in answers]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['who']}: {'' if row['ok'] else 'refused: '}{row['message']}")
    if not rows:
        click.echo("No worker answered.")
