"""
The command `gossipchat`, and how its sub-commands reach a node.
"""

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gossipchat import __version__
from gossipchat.cli.output import Object, put, put_json
from gossipchat.faces.socket.client import Client, connect, default_data

Command = Callable[..., None]
Decorator = Callable[[Command], click.Command]


@click.group(invoke_without_command=True)
@click.version_option(__version__, message="gossipchat %(version)s")
@click.pass_context
def gossipchat(context: click.Context) -> None:
    """Chat and cluster membership without a server.

    `gossipchat node` runs a node, `gossipchat chat` talks; the other commands ask
    the node that runs on --data DIR.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


@dataclass(frozen=True)
class Session:
    """A node that is asked, and how its answers are printed."""

    client: Client
    as_json: bool

    def show(self, item: Object, text: str | None) -> None:
        """Print *item* for scripts or *text* for people, who are spared None."""
        if self.as_json:
            put_json(item)
        elif text is not None:
            put(text)

    def show_table(
        self, items: list[Object], table: Callable[[list[Object]], list[str]]
    ) -> None:
        """Print *items* for scripts, or their *table* for people."""
        if self.as_json:
            for item in items:
                put_json(item)
        else:
            put("\n".join(table(items)))


def data_option(function: Command) -> Command:
    """--data DIR, as an absolute path."""
    return click.option(
        "--data",
        callback=_absolute,
        metavar="DIR",
        help=f"The node's data directory.  [default: {default_data()}]",
    )(function)


def _absolute(context: object, parameter: object, value: str | None) -> Path:
    if value == "":  # as from a variable that is not set
        raise click.BadParameter("it is empty, and wants a directory")
    data = default_data() if value is None else os.path.expanduser(value)
    return Path(data).absolute()


def json_option(function: Command) -> Command:
    """--json."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object a line."
    )(function)


def asking(name: str) -> Decorator:
    """A sub-command that asks a node; it gets a Session first."""

    def decorate(function: Command) -> click.Command:
        @functools.wraps(function)
        def run(data: Path, as_json: bool, **given: Any) -> None:
            with connect(data) as client:
                client.output = sys.stdout.fileno()
                function(Session(client, as_json), **given)

        return gossipchat.command(name)(data_option(json_option(run)))

    return decorate
