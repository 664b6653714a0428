"""`Board`: the textual application."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Footer, Header, Static, TabbedContent, TabPane
from textual.widgets.data_table import RowDoesNotExist

from antflow.cli.board.confirm import Confirm
from antflow.cli.board.feeds import Feed
from antflow.cli.board.health import strip
from antflow.cli.board.rows import TABLES, Rows
from antflow.cli.printable import printable
from antflow.exceptions import AntFlowError
from antflow.source import Frame

ASKED: Final = frozenset({"worker.shutdown", "task.revoke"})
"""Verbs that end something: they ask before."""


KEYS: Final = {"workers": "w", "running": "r", "types": "t", "queues": "u", "failures": "f"}
"""The key of each table; its letter is underlined in the tab."""


class Board(App[None]):
    """The whole cluster, live.

    Args:
        feed: where the frames come from.
        every: seconds between two of them.
    """

    TITLE = "antflow top"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { overflow: hidden; }
    TabbedContent { height: 1fr; }
    ContentSwitcher { height: 1fr; }
    TabPane { padding: 0; }
    #health { height: auto; min-height: 1; padding: 0 1; }
    DataTable { height: 1fr; }
    Confirm { align: center middle; }
    #question { width: auto; max-width: 80%; padding: 1 2; border: round $warning;
                background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"tab('{name}')", name, show=False) for name, key in KEYS.items()),
        Binding("plus,equals_sign", "pool('pool_grow')", "grow", key_display="+"),
        Binding("minus", "pool('pool_shrink')", "shrink", key_display="-"),
        Binding("p", "queue('pause')", "pause"),
        Binding("c", "queue('resume')", "continue"),
        Binding("k", "revoke", "revoke"),
        Binding("x", "shut_down", "shut down"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, feed: Feed, every: float = 1.0) -> None:
        super().__init__()
        self._feed = feed
        self._every = every
        self._asking = False

    def compose(self) -> ComposeResult:
        """A line of health above a tab for each table."""
        yield Header(show_clock=True)
        yield Static("connecting …", id="health")
        with TabbedContent(initial="workers"):
            for name in TABLES:
                with TabPane(_title(name), id=name):
                    yield DataTable(id=f"table-{name}", cursor_type="row", zebra_stripes=True)
        yield Footer()

    async def on_mount(self) -> None:
        """Begin to follow."""
        for name, (heads, _) in TABLES.items():
            table = self._table(name)
            for number, head in enumerate(heads):
                table.add_column(head, key=str(number))
        self.sub_title = self._feed.title
        self._table("workers").focus()
        self.set_interval(self._every, self.look)
        self.run_worker(self._begin(), exit_on_error=False)

    async def _begin(self) -> None:
        await self._try(self._feed.start())
        await self.look()

    async def on_unmount(self) -> None:
        """Let go."""
        await self._feed.stop()

    async def look(self) -> None:
        """Show what is so now; one look at a time."""
        if self._asking:
            return
        self._asking = True
        try:
            frame = await self._try(self._feed.frame())
        finally:
            self._asking = False
        if isinstance(frame, Frame):
            self.sub_title = self._feed.title
            self._health.update(strip(frame))
            for name, (_, rows) in TABLES.items():
                self._fill(name, rows(frame))

    async def _try(self, asked: Any) -> Any:
        try:
            return await asked
        except Exception as error:  # shown, and asked again: a screen that ends tells nothing
            self._health.update(Text(_said(error), "bold red"))
            return None

    @property
    def _health(self) -> Static:
        """On the board itself, not on a question that may be open before it."""
        return self.screen_stack[0].query_one("#health", Static)

    def _table(self, name: str) -> DataTable[Any]:
        return self.screen_stack[0].query_one(f"#table-{name}", DataTable)

    def _fill(self, name: str, rows: Rows) -> None:
        """Change what changed; the cursor stays on its row."""
        table = self._table(name)
        chosen = _key_under_cursor(table)
        for key in [key.value for key in table.rows]:
            if key is not None and key not in rows:
                table.remove_row(key)
        for key, given in rows.items():
            cells = [_plain(each) for each in given]
            try:
                old = table.get_row(key)
            except RowDoesNotExist:
                table.add_row(*cells, key=key)
                continue
            for number, (before, after) in enumerate(zip(old, cells, strict=True)):
                if before != after:
                    table.update_cell(key, str(number), after, update_width=True)
        if chosen in rows and _key_under_cursor(table) != chosen:
            table.move_cursor(row=table.get_row_index(chosen), scroll=False)

    def _chosen(self, name: str) -> str | None:
        """The key under the cursor of a table, where its tab is shown."""
        table = self._table(name)
        if self.query_one(TabbedContent).active != name or not table.row_count:
            self.notify(f"choose one of the {name} first", severity="warning")
            return None
        return _key_under_cursor(table)

    def action_tab(self, name: str) -> None:
        """Show a table."""
        self.query_one(TabbedContent).active = name
        self._table(name).focus()

    def action_pool(self, verb: str) -> None:
        """Grow or shrink the pool of the chosen worker by one."""
        if worker := self._chosen("workers"):
            self._do(f"worker.{verb}", worker, {"n": 1})

    def action_queue(self, verb: str) -> None:
        """Pause or resume the chosen queue."""
        if queue := self._chosen("queues"):
            self._do(f"queue.{verb}", queue, {})

    def action_revoke(self) -> None:
        """Revoke the chosen task and end it where it runs."""
        if task := self._chosen("running"):
            self._do("task.revoke", task, {"terminate": True})

    def action_shut_down(self) -> None:
        """Shut the chosen worker down."""
        if worker := self._chosen("workers"):
            self._do("worker.shutdown", worker, {})

    def _do(self, verb: str, target: str, arguments: dict[str, Any]) -> None:
        def decided(sure: bool | None) -> None:
            if sure:
                self.run_worker(self._command(verb, target, arguments), exit_on_error=False)

        if verb in ASKED:
            self.push_screen(Confirm(f"{verb.partition('.')[2]} {target}?"), decided)
        else:
            decided(True)

    async def _command(self, verb: str, target: str, arguments: dict[str, Any]) -> None:
        try:
            answers = await self._feed.command(verb, target, arguments)
        except Exception as error:
            self.notify(_said(error), severity="error", timeout=8, markup=False)
            return
        for answer in answers:
            severity = "information" if answer.ok else "error"
            self.notify(f"{answer.who}: {answer.message}", severity=severity, markup=False)  # type: ignore[arg-type]
        await self.look()


def _said(error: Exception) -> str:
    """The reason, with the error's kind where it is none that is meant to be read."""
    if isinstance(error, AntFlowError | ValueError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _title(name: str) -> Content:
    """The tab's name with its key underlined."""
    before, key, after = name.partition(KEYS[name])
    return Content.assemble(before, (key, "underline bold"), after)


def _key_under_cursor(table: DataTable[Any]) -> str | None:
    if not table.row_count:
        return None
    return table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value


def _plain(cell: str | Text) -> Text:
    """The cell as it stands: a name is no markup, and moves no cursor."""
    return cell if isinstance(cell, Text) else Text(printable(cell))
