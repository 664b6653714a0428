"""The group of commands.

To add one: a module `antflow.cli.<name>` that holds a click command called `command`, and its
name in `COMMANDS`.
"""

from __future__ import annotations

import importlib

import click

from antflow import __version__

COMMANDS = ("control", "demo", "inspect", "tasks", "top", "web")


class LazyCommands(click.Group):
    """A group that imports the module of a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"antflow.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyCommands)
@click.version_option(__version__, prog_name="antflow")
def antflow() -> None:
    """Run work through stages of workers, and see what every worker is doing."""
