"""
Work that a node has to do all at once, if nobody cuts it up: for ``turns``.

Each prepares a real node, and returns what begins it, which returns what tells when it
is done.
"""

import json
import socket
import tempfile
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twisted.internet.defer import succeed

from gossipchat import Cluster
from gossipchat.broadcast.events import FrameReceived, LinkOpened
from gossipchat.effects import StartTimer, TimerFired
from gossipchat.faces.socket.server import SocketFace
from gossipchat.names import Address, AuthorKey, FeedId, NodeName
from gossipchat.node.door.door import ChatNode
from gossipchat.swim.events import StreamReceived
from gossipchat.swim.membership.identity import TAG, identity_tag
from gossipchat.swim.portions import PortionDue
from gossipchat.wire.memberlist.messages import OUR_VSN, NodeState, PushPull, State
from gossipchat.wire.ours.frames import Holding, Vector
from gossipchat.wire.serf.codec import encode_serf, encode_tags
from gossipchat.wire.serf.messages import SerfState
from gossipchat.wire.streams import encode_stream

Done = Callable[[], bool]
Begin = Callable[[], Done]

NEWCOMERS, LISTED, LACKING = 1_000, 10_000, 3_000
PART = 500
"""Feeds in one part of a vector."""


def newcomers(node: Cluster) -> Begin:
    """Somebody's push/pull brings members with identities that nobody knows."""
    data = encode_stream(push_pull(NEWCOMERS, tagged=True))

    def send() -> None:
        where = (node.address.host, node.address.port)
        with socket.create_connection(where) as stream:
            stream.sendall(data)
            while stream.recv(65_536):
                pass

    def begin() -> Done:
        threading.Thread(target=send, daemon=True).start()
        return lambda: len(node._up.peer.swim.names()) > NEWCOMERS

    return begin


def members(node: Cluster) -> Begin:
    """A program lists them, and reads as fast as they come."""
    swim, now = node._up.peer.swim, node._up._reactor.seconds()
    told = push_pull(LISTED - 1, tagged=False)
    effects = swim.handle(StreamReceived("", where(0), told), now)
    while StartTimer(PortionDue(), 0.0) in effects:
        effects = swim.handle(TimerFired(PortionDue()), now)
    return lambda: asked(node, "members")


def status(node: Cluster) -> Begin:
    """A program asks how the node is, which has just learnt how much it lacks."""
    peer = AuthorKey(bytes(31) + b"\1")
    feeds = [FeedId(AuthorKey(one.to_bytes(32)), 7) for one in range(LACKING)]
    lots = [feeds[first : first + PART] for first in range(0, LACKING, PART)]
    driver = node._up.driver
    driver.feed(LinkOpened(-1, peer, True))
    for lot in lots:
        held = tuple(Holding(feed, ((1, 100),)) for feed in lot)
        driver.feed(FrameReceived(-1, Vector(held, last=lot is lots[-1])))
    return lambda: asked(node, "status")


WORKS: dict[str, Callable[[Cluster], Begin]] = {
    f"{NEWCOMERS:,} newcomers at once": newcomers,
    f"members, of {LISTED:,}": members,
    f"status, lacking {LACKING:,} feeds": status,
}


def push_pull(members: int, tagged: bool) -> PushPull:
    """What somebody knows who knows so many."""
    names = [NodeName(f"n{number}") for number in range(members)]
    rows = tuple(
        NodeState(name, where(number), meta(name, tagged), 1, State.ALIVE, OUR_VSN)
        for number, name in enumerate(names)
    )
    state = SerfState(1, dict.fromkeys(names, 1), (), 1, (), 1)
    return PushPull(False, rows, encode_serf(state))


def where(number: int) -> Address:
    """Where nobody listens."""
    return Address(f"127.1.{number // 250}.{number % 250 + 1}", 9)


def meta(name: NodeName, tagged: bool) -> bytes:
    """The tags of a member, with a proof of its own perhaps."""
    key = Ed25519PrivateKey.generate
    return encode_tags({TAG: identity_tag(key(), name, b"")}) if tagged else b""


def asked(node: Cluster, do: str) -> Done:
    """Ask over a socket, as programs do."""
    up: Any = node._up
    reactor = up._reactor
    door = ChatNode(
        reactor, up.peer, up.driver, up.store, "me", lambda: succeed(None), lambda: 0
    )
    ticks = count()  # so that each item is written at once
    path = Path(tempfile.mkdtemp()) / "api.sock"
    face = SocketFace(door, path, reactor, lambda: next(ticks))
    face.startService()
    done = threading.Event()

    def ask() -> None:
        with socket.socket(socket.AF_UNIX) as program:
            program.connect(str(path))
            line = json.dumps({"v": 1, "id": 1, "do": do})
            program.sendall(line.encode() + b"\n")
            program.shutdown(socket.SHUT_WR)
            while program.recv(1 << 20):
                pass
        done.set()

    threading.Thread(target=ask, daemon=True).start()
    return done.is_set
