"""
One blocking connection to the node that runs on a data directory.
"""

import contextlib
import itertools
import json
import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from gossipchat.errors import (
    GossipChatError,
    NoNode,
    NotThere,
    Refused,
    StoreError,
    TooFast,
    UsageError,
)

VERSION = 1
"""Of the socket's lines; both sides must speak the same."""

MAX_SOCKET_PATH_BYTES = 107
HELLO_WITHIN = 5.0
ANSWER_WITHIN = 60.0
"""Seconds. A node on a sick disk may need long for one write, but not for ever."""

PIECE_BYTES = 65536
RETRY_AFTER = 0.02

Message = dict[str, Any]

ERRORS: dict[str, type[GossipChatError]] = {
    "usage": UsageError,
    "refused": Refused,
    "unknown": NotThere,
    "store": StoreError,
}


def default_data() -> Path:
    """Where a user's node keeps what it must not lose (XDG base directories)."""
    given = os.environ.get("XDG_DATA_HOME", "")
    if given.startswith("/"):
        return Path(given) / "gossipchat"
    try:
        home = Path.home()
    except RuntimeError:  # a user without name and HOME, as in a container
        home = Path("/")
    return home / ".local" / "share" / "gossipchat"


def connect(data: Path) -> "Client":
    """
    A connection to the node that runs on *data*.

    Raises NoNode when none runs there, Refused with a sentence when it does not
    answer within 5 s, or speaks another version of these lines.
    """
    path = data / "api.sock"
    if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
        raise UsageError(
            f"{path} is too long for a socket ({MAX_SOCKET_PATH_BYTES} bytes at most);"
            " choose a shorter --data DIR"
        )
    client = Client(_dialled(path, data), data)
    try:
        client.greet()
    except BaseException:
        client.close()
        raise
    return client


class Client:
    """
    A connection. :func:`connect` makes it.

    ``ask`` and ``stream`` are for one request at a time: what arrives for others
    meanwhile is dropped. For several at once use ``send`` and ``received``.
    """

    def __init__(self, sock: socket.socket, data: Path) -> None:
        self._socket = sock
        self._data = data
        self._numbers = itertools.count(1)
        self._whole: deque[Message] = deque()
        self._pieces: list[bytes] = []
        self.hello: Message = {}
        """What the node said of itself: its version, name, id and nick."""
        self.output: int | None = None
        """File descriptor that our output goes to. When its reader is gone, waiting
        ends with BrokenPipeError, as writing would."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        """For select: readable when something comes. Look at ``unread`` first."""
        return self._socket.fileno()

    @property
    def unread(self) -> bool:
        """Whether messages are here already: ``send`` reads too, lest both sides wait
        for each other."""
        return bool(self._whole)

    def greet(self) -> None:
        """Read the node's first line."""
        self.hello = self._next(HELLO_WITHIN)
        version = self.hello.get("v")
        if isinstance(version, int) and version > VERSION:
            raise Refused(
                f"the node on {self._data} is newer than this command: install"
                f" gossipchat {self.hello.get('gossipchat')} here too"
            )
        if version != VERSION:
            raise Refused(
                f"the node on {self._data} is older than this command: restart it"
                " with the gossipchat that is installed now"
            )

    def send(self, do: str, **arguments: object) -> int:
        """Ask for *do*; the number under which answers will come."""
        number = next(self._numbers)
        given = {key: value for key, value in arguments.items() if value is not None}
        line = json.dumps({"v": VERSION, "id": number, "do": do, **given}) + "\n"
        left = memoryview(line.encode("ascii"))
        while left:
            # reading too: a node takes nothing while its answers are not fetched
            events = self._wait(select.POLLIN | select.POLLOUT, ANSWER_WITHIN)
            if events & ~select.POLLOUT:
                self._read()
            if events & select.POLLOUT:
                left = left[self._sent(left) :]
        return number

    def received(self) -> list[Message]:
        """
        What has arrived, without waiting when there is something ``unread`` or
        ``fileno`` is readable.

        Raises GossipChatError when the node has closed the connection.
        """
        if not self._whole:
            self._read()
        messages = list(self._whole)
        self._whole.clear()
        return messages

    def ask(self, do: str, **arguments: object) -> Message:
        """The answer to *do*. Raises the GossipChatError that the node answers with."""
        number = self.send(do, **arguments)
        while True:
            message = self._next(ANSWER_WITHIN)
            if message.get("id") == number:
                return answer_in(message)

    def stream(self, do: str, **arguments: object) -> Iterator[Message]:
        """
        The items of *do*, as they come.

        Raises the GossipChatError that the node ends the stream with. Closing the
        iterator early stops the stream.
        """
        number = self.send(do, **arguments)
        try:
            while True:
                message = self._next(None)
                if message.get("id") != number:
                    continue
                if "item" not in message:
                    answer_in(message)
                    return
                yield message["item"]
        except GeneratorExit:
            if self._socket.fileno() >= 0:
                with contextlib.suppress(GossipChatError):
                    self.send("stop", which=number)
            raise

    def _next(self, within: float | None) -> Message:
        """The next message, in at most *within* seconds."""
        deadline = None if within is None else time.monotonic() + within
        while not self._whole:
            left = None if deadline is None else deadline - time.monotonic()
            self._wait(select.POLLIN, left)
            self._read()
        return self._whole.popleft()

    def _wait(self, wanted: int, within: float | None) -> int:
        """Which of the *wanted* events of the socket (or its end) has come."""
        poll = select.poll()
        poll.register(self._socket, wanted)
        if self.output is not None:
            poll.register(self.output, 0)  # tells of its end in any case
        left = None if within is None else max(0.0, within) * 1000
        ready = dict(poll.poll(left))
        if not ready:
            raise _silent(self._data)
        if self.fileno() not in ready:
            raise BrokenPipeError
        return ready[self.fileno()]

    def _sent(self, line: memoryview) -> int:
        try:
            return self._socket.send(line)
        except BlockingIOError:
            return 0
        except OSError:
            raise self._ended() from None

    def _read(self) -> None:
        try:
            piece = self._socket.recv(PIECE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            raise self._ended()
        first, *lines = piece.split(b"\n")
        self._pieces.append(first)
        for line in lines:
            self._whole.append(self._parsed(b"".join(self._pieces)))
            self._pieces = [line]

    def _parsed(self, line: bytes) -> Message:
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise Refused(f"what answers on {self._data}/api.sock is no gossipchat")
        return message

    def _ended(self) -> Refused:
        return Refused(
            f"the node on {self._data} has stopped; start it again with"
            f" `gossipchat node --data {self._data}`"
        )


def answer_in(message: Message) -> Message:
    """What *message* answers. Raises the error that it brings instead."""
    if "error" in message:
        raise error_in(message)
    answer = message.get("ok")
    return answer if isinstance(answer, dict) else {}


def error_in(message: Message) -> GossipChatError:
    """The error that *message* brings, in the class that says whose fault it is."""
    error = message["error"]
    if error["kind"] == "too fast":
        return TooFast(error["text"], float(error.get("retry_after", 1.0)))
    return ERRORS.get(error["kind"], GossipChatError)(error["text"])


def _dialled(path: Path, data: Path) -> socket.socket:
    """A socket that is connected and doesn't block."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        _dial(sock, path, data)
        return sock
    except PermissionError:
        sock.close()
        raise Refused(
            f"{path} is another user's; ask as that user, or choose your own --data DIR"
        ) from None
    except OSError:
        sock.close()
        raise NoNode(
            f"no node runs on {data}; start one with `gossipchat node --data {data}`"
        ) from None
    except BaseException:
        sock.close()
        raise


def _dial(sock: socket.socket, path: Path, data: Path) -> None:
    """Connect *sock*, trying again while many are waiting to be let in."""
    deadline = time.monotonic() + HELLO_WITHIN
    while True:
        try:
            return sock.connect(os.fspath(path))
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _silent(data) from None
            time.sleep(RETRY_AFTER)


def _silent(data: Path) -> Refused:
    return Refused(
        f"the node on {data} does not answer: it is frozen or very busy; see its log,"
        " or try again"
    )
