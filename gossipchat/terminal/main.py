"""
`gossipchat chat`: talk through the node that runs on a directory, or start one.
"""

import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from gossipchat.errors import GossipChatError, NoNode, Refused, UsageError
from gossipchat.faces.socket.client import Client, connect
from gossipchat.faces.socket.client.show import plain
from gossipchat.terminal.child import WRONG_USAGE, Child
from gossipchat.terminal.screen.screen import Screen
from gossipchat.terminal.talk import Talk

DONE, REFUSED, INTERRUPTED = 0, 1, 130
MAX_UNANSWERED = 64
"""What is typed (or piped) faster than the node writes waits here."""

LAST_ANSWERS_WITHIN = 10.0
"""Seconds that leaving waits for what was typed to be said."""


def main(data: str, options: Sequence[str]) -> int:
    """The exit status of `gossipchat chat --data *data* *options*`."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        with reached(Path(data), options) as client:
            talk(client)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _write_no_more()
    except OSError as problem:
        why = problem.strerror
        print(f"gossipchat chat: input or output fails: {why}", file=sys.stderr)
        _write_no_more()
        return REFUSED
    except GossipChatError as problem:
        print(f"gossipchat chat: {plain(str(problem))}", file=sys.stderr)
        mistaken = isinstance(problem, UsageError) and not isinstance(problem, Refused)
        return WRONG_USAGE if mistaken else REFUSED
    return DONE


def _write_no_more() -> None:
    """Nobody reads us any more, nor shall Python's last flush complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(number: int, frame: FrameType | None) -> None:
    """Leave as if asked to; what was started is ended on the way out."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


@contextmanager
def reached(data: Path, options: Sequence[str]) -> Iterator[Client]:
    """
    A connection to the node on *data*; one that is started for it ends with it.

    Raises Refused with a sentence when there are *options* for a node that runs
    already, or none can be started.
    """
    try:
        running = connect(data)
    except NoNode:
        running = None
    if running is not None:
        with running:
            if options:
                raise Refused(
                    f"a node runs on {data} already and can't be given"
                    f" {' '.join(options)}: leave that out, or choose another --data"
                )
            yield running
        return
    child = Child(data, options)
    try:
        with child.wait_until_up() as client:
            yield client
    finally:
        child.end()


def talk(client: Client) -> None:
    """Until the user leaves, or there is nothing more to read from them."""
    hello = client.hello
    conversation = Talk(client, hello["name"], hello["id"], hello["nick"])
    lines: deque[str] = deque()
    who = f"-- {plain(hello['name'])}, you are {plain(hello['nick'])}"
    with Screen() as screen:
        screen.prompt = prompt(conversation)
        screen.show([f"{who}; /help lists what there is, :q leaves"])
        while not conversation.over and not (screen.ended and not lines):
            _turn(client, screen, conversation, lines)
        _wait_for_answers(client, screen, conversation)


def prompt(conversation: Talk) -> str:
    """What stands before the line that is being typed."""
    return f"{plain(conversation.room)} {conversation.receipt}".rstrip() + "> "


def _turn(client: Client, screen: Screen, talk: Talk, lines: deque[str]) -> None:
    """Wait until something comes from either side, and deal with it."""
    ready = _ready(client, None if lines or screen.ended else screen)
    if client.fileno() in ready:
        heard = _heard(client, talk)
        screen.prompt = prompt(talk)
        screen.show(heard)
    if screen.fileno() in ready:
        lines.extend(screen.read())
    while lines and not (talk.over or talk.fetching):
        if talk.unanswered >= MAX_UNANSWERED:
            break
        said = talk.typed(lines.popleft())
        screen.prompt = prompt(talk)
        screen.show(said)


def _wait_for_answers(client: Client, screen: Screen, talk: Talk) -> None:
    deadline = time.monotonic() + LAST_ANSWERS_WITHIN
    while talk.unanswered and (left := deadline - time.monotonic()) > 0:
        if _ready(client, None, left):
            screen.show(_heard(client, talk))


def _heard(client: Client, talk: Talk) -> list[str]:
    return [line for message in client.received() for line in talk.heard(message)]


def _ready(client: Client, screen: Screen | None, within: float = -1) -> set[int]:
    """Which of both has something to read; *within* seconds, or whenever it does."""
    poll = select.poll()
    poll.register(client, select.POLLIN)
    if screen is not None:
        poll.register(screen, select.POLLIN)
    if client.unread:
        return {client.fileno(), *(descriptor for descriptor, _ in poll.poll(0))}
    found = poll.poll(within * 1000 if within >= 0 else None)
    return {descriptor for descriptor, _ in found}
