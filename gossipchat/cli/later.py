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
        check = CHECKS.get(name)
        if check is not None:
            check(**given)
        raise NotThere(f"`gossipchat {name}` is not there yet")

    run: Command = refuse
    for part in (*reversed(parts), json_option, data_option):
        run = part(run)
    gossipchat.command(name, help=f"{what} (Not there yet.)")(run)


def words(name: str, required: bool = True, several: bool = False) -> Decorate:
    """A positional argument."""
    return click.argument(name, nargs=-1 if several else 1, required=required)


def one_of(name: str, *choices: str) -> Decorate:
    """A positional argument that is one of *choices*."""
    return click.argument(name, type=click.Choice(choices))


def _check_keys(action: str, key: str | None) -> None:
    if (key is None) != (action == "list"):
        wants = "takes no KEY" if action == "list" else "needs a KEY"
        raise click.UsageError(f"`keys {action}` {wants}")


def _check_tags(action: str, tags: tuple[str, ...]) -> None:
    if action == "set" and not all(tag.partition("=")[1] for tag in tags):
        raise click.UsageError("`tags set` needs KEY=VALUE")


CHECKS: dict[str, Callable[..., None]] = {"keys": _check_keys, "tags": _check_tags}
"""What the words of a sub-command must be together."""

later("react", "Answer message ID with EMOJI.", words("id"), words("emoji"))
later(
    "edit",
    "Put TEXT in the place of your message ID.",
    words("id"),
    words("text", several=True),
)
later("redact", "Take back your message ID.", words("id"))
later(
    "search",
    "Find lines that hold WORDS.",
    words("words", several=True),
    click.option("--room", help="In this room only."),
)
later("users", "Who is logged in, and where.")
later("receipt", "Who has message ID.", words("id"))
later(
    "keys",
    "The cluster's keys, on all nodes at once.",
    one_of("action", "list", "install", "use", "remove"),
    words("key", required=False),
)
later(
    "rtt",
    "The round trip from A to B (or this node), by coordinates.",
    words("a"),
    words("b", required=False),
)
later(
    "tags",
    "Change this node's tags: set K=V..., or remove K...",
    one_of("action", "set", "remove"),
    words("tags", several=True),
)
later("reachability", "Who can reach whom, as Serf's.")
later(
    "event", "Send a Serf user event.", words("name"), words("payload", required=False)
)
later(
    "events",
    "Serf user events.",
    click.option("--follow", "-f", is_flag=True, help="As they come."),
)
later(
    "query",
    "Ask all members, as Serf's.",
    words("name"),
    words("payload", required=False),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="S",
        help="Seconds to wait for answers.",
    ),
)
