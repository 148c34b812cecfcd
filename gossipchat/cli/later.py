"""
The sub-commands whose part is not there yet: they parse, and say so.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gossipchat.cli.group import Command, data_option, gossipchat, json_option
from gossipchat.errors import NotThere

Decorate = Callable[[Command], Command]


def later(name: str, what: str, *parts: Decorate) -> None:
    """Add the sub-command *name*, with *parts* as its arguments and options."""

    def refuse(data: Path, as_json: bool, **given: Any) -> None:
        raise NotThere(f"`gossipchat {name}` is not there yet")

    run: Command = refuse
    for part in (*reversed(parts), json_option, data_option):
        run = part(run)
    gossipchat.command(name, help=f"{what} (Not there yet.)")(run)


def words(name: str, required: bool = True, several: bool = False) -> Decorate:
    """A positional argument."""
    return click.argument(name, nargs=-1 if several else 1, required=required)


later("receipt", "Who has message ID.", words("id"))
