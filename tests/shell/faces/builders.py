"""A face on a socket, or on nothing at all, with a node in memory behind it."""

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from gossipchat.faces.socket.connection import Connection
from gossipchat.names import EntryId
from gossipchat.testing import FakeNode

Message = dict[str, Any]


class SilentNode(FakeNode):
    """A node that takes its time: what is said waits in ``unanswered``."""

    def __init__(self) -> None:
        super().__init__()
        self.unanswered: list[Deferred[EntryId]] = []

    def say(
        self, room: str, text: str, kind: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        said: Deferred[EntryId] = Deferred()
        self.unanswered.append(said)
        return said


class Talker:
    """A client without a socket: sends lines, and has what came back as objects."""

    def __init__(self, node: FakeNode) -> None:
        self.transport = StringTransport()
        self.now_ms = 1_700_000_000_000
        self.clock = Clock()
        self.connection = Connection(node, lambda: self.now_ms, self.clock)
        self.connection.makeConnection(self.transport)  # type: ignore[no-untyped-call]
        self.hello = self.got()[0]

    def raw(self, line: bytes) -> list[Message]:
        """Send *line* as it is; what came back."""
        self.feed(line + b"\n")
        return self.got()

    def feed(self, piece: bytes) -> None:
        """*piece* comes in, however many lines that is."""
        self.connection.dataReceived(piece)  # type: ignore[no-untyped-call]

    def ask(self, number: int, do: str, **given: object) -> list[Message]:
        """Ask for *do*; what came back at once."""
        return self.raw(json.dumps({"v": 1, "id": number, "do": do, **given}).encode())

    def got(self) -> list[Message]:
        """What has come since the last look, in as many turns as it took."""
        while self.clock.getDelayedCalls():
            self.clock.advance(0)
        return self.got_now()

    def got_now(self) -> list[Message]:
        """What has come without another turn of the reactor."""
        text = self.transport.value().decode()
        self.transport.clear()
        return [json.loads(line) for line in text.splitlines()]

    def leave_unread(self) -> None:
        """The client reads no more: the transport says so."""
        self.producer.pauseProducing()

    def read_again(self) -> list[Message]:
        """It reads; what came then."""
        self.producer.resumeProducing()
        return self.got()

    def hang_up(self) -> None:
        """The client is gone."""
        from twisted.internet.error import ConnectionDone
        from twisted.python.failure import Failure

        self.connection.connectionLost(Failure(ConnectionDone()))

    @property
    def producer(self) -> Any:
        return self.transport.producer


def talking(*texts: str) -> FakeNode:
    """A node that has heard *texts* in the lobby."""
    node = FakeNode()
    for text in texts:
        node.hear("lobby", "bob", text)
    return node


def texts(messages: list[Message]) -> list[str]:
    return [message["item"]["text"] for message in messages if "item" in message]


def numbered(count: int) -> list[str]:
    return [f"line {number}" for number in range(count)]
