"""
How a member tells what it believes and hears: one connection to each, read when it
speaks.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgpack

PIECE_BYTES = 1 << 16

MEMBERS, LINES, FIRST_SAY = 1, 2, 1000
"""Numbers of requests on a node's socket."""

LOGGED = {
    "EventMemberJoin:": "alive",
    "EventMemberFailed:": "dead",
    "EventMemberLeave:": "left",
}
"""What an agent logs, the moment it believes it. (Its event stream comes seconds later:
agents gather events.)"""


class Seen(NamedTuple):
    """It holds *subject* for alive, suspect, dead or left."""

    subject: str
    status: str


class Accused(NamedTuple):
    """It suspects *subject*. Agents don't say when they no longer do."""

    subject: str


class Heard(NamedTuple):
    """It shows *text*, said by anybody."""

    text: str


class Answered(NamedTuple):
    """What it was asked to say has been said; *problem* is why not."""

    number: int
    problem: str | None


News = Seen | Accused | Heard | Answered


class Channel(Protocol):
    """One member's."""

    def fileno(self) -> int:
        """For ``select``."""

    def read(self) -> list[News] | None:
        """What has come; None: the member is gone."""

    def say(self, number: int, text: str) -> None:
        """Ask it to say *text*."""

    def close(self) -> None:
        """Let go of it."""


class Outgoing:
    """
    What is to be sent; what the other side doesn't take yet is kept for later.

    A node that has too much to answer reads no more until its answers are read: who
    waited to write would wait for ever.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""

    def send(self, data: bytes = b"") -> None:
        """Send *data*, and what was kept before it, as far as it is taken."""
        self._rest += data
        try:
            while self._rest:
                sent = self._connection.send(self._rest, socket.MSG_DONTWAIT)
                self._rest = self._rest[sent:]
        except BlockingIOError:
            pass  # it goes with the next, or when something is read


class NodeChannel:
    """A gossipchat node's api.sock."""

    def __init__(self, data: Path, listens: bool = False) -> None:
        """OSError while there is no node. *listens*: lines are followed as well."""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(os.fspath(data / "api.sock"))
        except OSError:
            self._socket.close()
            raise
        self._outgoing = Outgoing(self._socket)
        self._rest = b""
        self._ask(MEMBERS, do="members", follow=True)
        if listens:
            self._ask(LINES, do="tail", follow=True)

    def fileno(self) -> int:
        """See ``Channel``."""
        return self._socket.fileno()

    def say(self, number: int, text: str) -> None:
        """See ``Channel``."""
        self._ask(FIRST_SAY + number, do="say", room="lobby", text=text)

    def read(self) -> list[News] | None:
        """See ``Channel``."""
        data = _received(self._socket)
        if not data:
            return None
        self._outgoing.send()
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [news for line in lines for news in self._meant(json.loads(line))]

    def close(self) -> None:
        """See ``Channel``."""
        self._socket.close()

    def _ask(self, number: int, **request: object) -> None:
        line = json.dumps({"v": 1, "id": number, **request})
        self._outgoing.send(line.encode() + b"\n")

    def _meant(self, line: dict[str, Any]) -> Iterator[News]:
        match line:
            case {"id": int(number), "item": item} if number == MEMBERS:
                yield Seen(item["name"], item["status"])
            case {"item": item}:
                yield Heard(item["text"])
            case {"id": int(number), "ok": _} if number >= FIRST_SAY:
                yield Answered(number - FIRST_SAY, None)
            case {"id": int(number), "error": problem} if number >= FIRST_SAY:
                yield Answered(number - FIRST_SAY, problem["text"])


class AgentChannel:
    """
    A serf agent's RPC socket: its log, which tells of members, and user events.

    Back-to-back msgpack maps: a head with ``Seq``, then a body for what has one.
    """

    def __init__(self, connection: socket.socket, listens: bool = False) -> None:
        self._socket = connection
        self._outgoing = Outgoing(self._socket)
        self._unpacker = msgpack.Unpacker(raw=False, unicode_errors="replace")
        self._send({"Command": "handshake", "Seq": 0}, {"Version": 1})
        self._send({"Command": "monitor", "Seq": 1}, {"LogLevel": "INFO"})
        if listens:
            self._send({"Command": "stream", "Seq": 2}, {"Type": "user"})

    def fileno(self) -> int:
        """See ``Channel``."""
        return self._socket.fileno()

    def say(self, number: int, text: str) -> None:
        """See ``Channel``; a user event, which is a name and a payload."""
        event = {"Name": "say", "Payload": text.encode(), "Coalesce": False}
        self._send({"Command": "event", "Seq": FIRST_SAY + number}, event)

    def read(self) -> list[News] | None:
        """See ``Channel``."""
        data = _received(self._socket)
        if not data:
            return None
        self._outgoing.send()
        self._unpacker.feed(data)
        return [news for body in self._unpacker for news in _said_by_agent(body)]

    def close(self) -> None:
        """See ``Channel``."""
        self._socket.close()

    def _send(self, head: dict[str, Any], body: dict[str, Any]) -> None:
        self._outgoing.send(msgpack.packb(head) + msgpack.packb(body))


def _said_by_agent(body: dict[str, Any]) -> Iterator[News]:
    match body:
        case {"Seq": int(number), "Error": why} if number >= FIRST_SAY:
            yield Answered(number - FIRST_SAY, why or None)
        case {"Event": "user", "Payload": payload}:
            plain = payload if isinstance(payload, str) else payload.decode()
            yield Heard(plain)
        case {"Log": text}:
            words = text.split()
            for word, status in LOGGED.items():
                if word in words:
                    yield Seen(words[words.index(word) + 1], status)
            if "Suspect" in words and "failed," in words:
                yield Accused(words[words.index("Suspect") + 1])


class KinshipChannel:
    """What ``kinship_member`` prints."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        self._output = process.stdout
        self._rest = b""

    def fileno(self) -> int:
        """See ``Channel``."""
        return self._output.fileno()

    def say(self, number: int, text: str) -> None:
        """Kinship is asked about members alone here."""
        raise NotImplementedError

    def read(self) -> list[News] | None:
        """See ``Channel``."""
        data = os.read(self.fileno(), PIECE_BYTES)
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        rows = [json.loads(line) for line in lines]
        return [Seen(row["name"], row["status"]) for row in rows]

    def close(self) -> None:
        """See ``Channel``."""
        self._output.close()


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(PIECE_BYTES)
    except ConnectionError:
        return b""
