"""
What can be asked about the cluster: Serf's events, queries, keys and tags.
"""

from base64 import b64decode
from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred, maybeDeferred

from gossipchat.faces.socket.objects import (
    Object,
    event_object,
    keys_object,
    reachability_object,
    reply_object,
)
from gossipchat.faces.socket.requests import Request
from gossipchat.faces.socket.streams import Channel, Stream
from gossipchat.node.api import (
    IChatNode,
    QueryEnd,
    QueryReply,
    UsageError,
    UserEvent,
)

MAX_WAITING_EVENTS = 1024
"""User events held for a follower that does not read; then the oldest go."""

MAX_WAITING_REPLIES = 16_384
"""Answers held for one who does not read: two of each of 8,192 members."""

Open = Callable[[IChatNode, Request, Channel, Callable[[], int]], Stream]


def event(node: IChatNode, request: Request) -> Deferred[Object]:
    """Send a user event."""
    name, payload = request.text("name"), request.payload("payload")
    return node.event(name, payload).addCallback(event_object)


def keys(node: IChatNode, request: Request) -> Deferred[Object]:
    """List or change the keys of all members."""
    key = request.optional_text("key")
    secret = None if key is None else _key(key)
    operation = request.text("operation")
    if operation not in ("list", "install", "use", "remove"):
        raise UsageError("keys: operation must be list, install, use or remove")
    if (secret is None) != (operation == "list"):
        needs = "takes no key" if operation == "list" else "needs a key"
        raise UsageError(f"keys: {operation} {needs}")
    return node.keys(operation, secret).addCallback(keys_object)


def tags(node: IChatNode, request: Request) -> Deferred[Object]:
    """Change this node's tags."""
    put, drop = request.pairs("set"), request.texts("remove")
    if not put and not drop:
        raise UsageError("tags: say what to set or to remove")
    return node.set_tags(put, drop).addCallback(lambda now: {"tags": now})


def reachability(node: IChatNode, request: Request) -> Deferred[Object]:
    """Who acks."""
    return node.reachability().addCallback(reachability_object)


def rtt(node: IChatNode, request: Request) -> Deferred[Object]:
    """The round trip between two members."""
    one, other = request.member("a"), request.optional_member("b")

    def told(seconds: float) -> Object:
        far = node.name if other is None else other
        return {"from": one, "to": far, "ms": round(seconds * 1000, 3)}

    return node.rtt(one, other).addCallback(told)


def _key(text: str) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) not in (16, 24, 32):
        raise UsageError(
            "a key is base64 of 16, 24 or 32 bytes, as `gossipchat keygen` prints it"
        )
    return key


def events(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    """The last user events, or those to come."""
    return Events(channel, node, request.flag("follow"))


def query(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    """Ask all members, or those that fit."""
    name, payload = request.text("name"), request.payload("payload")
    timeout = request.seconds("timeout")
    nodes, fits = request.members("nodes"), request.pairs("tags")

    def ask(heard: Callable[[QueryReply], None]) -> Deferred[QueryEnd]:
        return node.query(name, payload, timeout, heard, nodes, fits)

    return Replies(channel, ask)


class Events(Stream):
    """
    User events: those that came lately, or with *follow* each that comes from now on.

    A client that does not read for more than ``MAX_WAITING_EVENTS`` misses some.
    """

    def __init__(self, channel: Channel, node: IChatNode, follow: bool) -> None:
        super().__init__(channel)
        self._node = node
        self.endless = follow
        self._waiting: deque[UserEvent] = deque(maxlen=MAX_WAITING_EVENTS)
        self._release_events: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Subscribe, or list."""
        if self.endless:
            self._release_events = self._node.watch_events(self._came)
        else:
            self._waiting.extend(self._node.events())
        self.resume()

    def _release(self) -> None:
        self._release_events()
        self._waiting.clear()

    def _came(self, event: UserEvent) -> None:
        self._waiting.append(event)
        self.resume()

    def _step(self) -> bool:
        if self._waiting:
            self._channel.item(event_object(self._waiting.popleft()))
            return True
        return False if self.endless else self._end()


class Replies(Stream):
    """The answers to one query, as they come, until nobody's counts any more."""

    def __init__(
        self,
        channel: Channel,
        ask: Callable[[Callable[[QueryReply], None]], Deferred[QueryEnd]],
    ) -> None:
        super().__init__(channel)
        self._ask = ask
        self._waiting: deque[QueryReply] = deque(maxlen=MAX_WAITING_REPLIES)
        self._finished = False

    def start(self) -> None:
        """Ask; the answers follow."""
        asked = maybeDeferred(self._ask, self._came).addCallback(self._done)
        asked.addErrback(self._failed)

    def _release(self) -> None:
        self._waiting.clear()

    def _came(self, reply: QueryReply) -> None:
        if not self._over:
            self._waiting.append(reply)
            self.resume()

    def _done(self, end: QueryEnd) -> None:
        self._finished = True
        self.resume()

    def _step(self) -> bool:
        if self._waiting:
            self._channel.item(reply_object(self._waiting.popleft()))
            return True
        return self._end() if self._finished else False


CLUSTER_ASKS: dict[str, Callable[[IChatNode, Request], Deferred[Object]]] = {
    "event": event,
    "keys": keys,
    "tags": tags,
    "reachability": reachability,
    "rtt": rtt,
}

CLUSTER_STREAMS: dict[str, Open] = {"events": events, "query": query}
