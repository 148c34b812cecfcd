"""
The sub-commands that ask a node; with them, all sub-commands are there.
"""

import sys
from collections.abc import Callable
from typing import Any

import click

from gossipchat.cli import cluster as cluster
from gossipchat.cli import programs as programs
from gossipchat.cli.group import Command, Session, asking
from gossipchat.cli.group import gossipchat as gossipchat
from gossipchat.cli.output import (
    Object,
    member_change,
    members_table,
    plain,
    put_json,
    rooms_table,
    status_lines,
    user_change,
    users_table,
)
from gossipchat.cli.saying import Saying
from gossipchat.faces.socket.client.show import chat_line


def speaking(function: Command) -> Command:
    """ROOM TEXT, --nick and --token."""
    for decorate in (
        click.option("--token", help="Said once, however often this is repeated."),
        click.option("--nick", help="Who says it.  [default: the node's nick]"),
        click.argument("text", nargs=-1, required=True),
        click.argument("room"),
    ):
        function = decorate(function)
    return function


def speak(
    session: Session,
    do: str,
    room: str,
    text: tuple[str, ...],
    nick: str | None,
    token: str | None,
) -> None:
    """Say it and print its id; ``-`` stands for the lines of standard input."""
    arguments = {"room": proper(room), "nick": nick and proper(nick)}
    if text == ("-",) and do == "say":
        if token is not None:
            raise click.UsageError("--token is for one text, and - may bring many")
        Saying(session.client, sys.stdin.fileno(), do, arguments).run()
        return
    words = proper(" ".join(text))
    put_json(session.client.ask(do, text=words, token=token, **arguments))


@asking("say")
@speaking
def say(session: Session, **given: Any) -> None:
    """Say TEXT in ROOM, or privately to @NICK.

    Prints its id once it is on disk.

    With - for TEXT each line of standard input is said as it comes, no faster than
    the node takes it.
    """
    speak(session, "say", **given)


@asking("me")
@speaking
def me(session: Session, **given: Any) -> None:
    """Say in ROOM what you do: "* alice waves"."""
    speak(session, "me", **given)


@asking("notice")
@speaking
def notice(session: Session, **given: Any) -> None:
    """Say TEXT in ROOM as programs do, who want no answer."""
    speak(session, "notice", **given)


@asking("topic")
@speaking
def topic(session: Session, **given: Any) -> None:
    """Set the topic of ROOM; "" for TEXT removes it."""
    speak(session, "topic", **given)


def referring(function: Command) -> Command:
    """ID, --nick and --token."""
    for decorate in (
        click.option("--token", help="Done once, however often this is repeated."),
        click.option("--nick", help="Who does it.  [default: the node's nick]"),
        click.argument("target", metavar="ID"),
    ):
        function = decorate(function)
    return function


def refer(session: Session, do: str, target: str, **given: str | None) -> None:
    """Do it to the line *target* and print the id of that."""
    words = {name: value and proper(value) for name, value in given.items()}
    put_json(session.client.ask(do, target=proper(target), **words))


@asking("edit")
@referring
@click.argument("text", nargs=-1, required=True)
def edit(session: Session, target: str, text: tuple[str, ...], **who: Any) -> None:
    """Put TEXT in the place of your line ID."""
    refer(session, "edit", target, text=" ".join(text), **who)


@asking("redact")
@referring
def redact(session: Session, target: str, **who: Any) -> None:
    """Take back your line or reaction ID.

    Nobody is shown it any more.
    """
    refer(session, "redact", target, **who)


@asking("react")
@referring
@click.argument("emoji")
def react(session: Session, target: str, emoji: str, **who: Any) -> None:
    """Answer the line ID with EMOJI."""
    refer(session, "react", target, text=emoji, **who)


@asking("tail")
@click.argument("room", required=False)
@click.option("--since", type=click.IntRange(min=0), metavar="N", help="After line N.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes.")
def tail(session: Session, room: str | None, since: int | None, follow: bool) -> None:
    """The last 20 lines (of ROOM), in order of arrival."""
    lines = session.client.stream(
        "tail", room=room and proper(room), since=since, follow=follow
    )
    for line in lines:
        session.show(line, chat_line(line, room=room is None))


@asking("history")
@click.argument("room")
@click.option("--before", metavar="ID", help="Lines before this one.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--all", "all_kinds", is_flag=True, help="Entries of every kind.")
def history(
    session: Session, room: str, before: str | None, limit: int, all_kinds: bool
) -> None:
    """A page of ROOM.

    In the one order that all nodes show, oldest first.
    """
    before = before and proper(before)
    asked = {"room": proper(room), "before": before, "limit": limit, "all": all_kinds}
    asked["shown"] = not session.as_json
    for line in session.client.stream("history", **asked):
        session.show(line, chat_line(line))


@asking("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--room", help="In this room only, or with this @NICK.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def search(
    session: Session, words: tuple[str, ...], room: str | None, limit: int
) -> None:
    """The newest lines that hold all WORDS, oldest first."""
    asked = {"words": proper(" ".join(words)), "room": room and proper(room)}
    shown = not session.as_json
    for line in session.client.stream("search", **asked, limit=limit, shown=shown):
        session.show(line, chat_line(line, room=room is None))


@asking("members")
@click.option("--follow", "-f", is_flag=True, help="Go on with what changes.")
def members(session: Session, follow: bool) -> None:
    """Who is in the cluster, and how they are."""
    roll(session, "members", member_change if follow else None, members_table)


@asking("rooms")
def rooms(session: Session) -> None:
    """The rooms that somebody has spoken in."""
    session.show_table(list(session.client.stream("rooms")), rooms_table)


@asking("users")
@click.option("--follow", "-f", is_flag=True, help="Go on with who comes and goes.")
def users(session: Session, follow: bool) -> None:
    """Who is logged in, and where."""
    roll(session, "users", user_change if follow else None, users_table)


def roll(
    session: Session,
    do: str,
    change: Callable[[Object], str] | None,
    table: Callable[[list[Object]], list[str]],
) -> None:
    """Print the *table* of what *do* brings, or each *change* of it for ever."""
    if change is None:
        session.show_table(list(session.client.stream(do)), table)
        return
    for item in session.client.stream(do, follow=True):
        session.show(item, change(item))


@asking("receipt")
@click.argument("target", metavar="ID")
def receipt(session: Session, target: str) -> None:
    """Who has the message ID on disk, as they say themselves."""
    answer = session.client.ask("receipt", target=proper(target))
    have, of = answer["have"], answer["of"]
    counted = f" (of {answer['members']} members only these are counted)"
    some = counted if answer["members"] > of else ""
    names = ", ".join(plain(name) for name in have)
    session.show(answer, f"{len(have)}/{of}{some}: {names}".rstrip(": "))


@asking("status")
def status(session: Session) -> None:
    """How the node is doing; fails while none is up."""
    answer = session.client.ask("status")
    session.show(answer, "\n".join(status_lines(answer)))


@asking("leave")
def leave(session: Session) -> None:
    """Leave the cluster, and end the node.

    Gracefully: returns when the others know; then the node ends.
    """
    session.client.ask("leave")
    if not session.as_json:
        click.echo(f"{plain(session.client.hello['name'])} has left")


@asking("forget")
@click.argument("name")
def forget(session: Session, name: str) -> None:
    """Forget the dead member NAME.

    And the identity it was known by: another machine may take the name then.
    """
    session.client.ask("forget", name=name)
    if not session.as_json:
        click.echo(f"{plain(name)} is forgotten")


def proper(text: str) -> str:
    """*text* with bytes that are no UTF-8 replaced: nobody else could read them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
