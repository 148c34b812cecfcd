"""
A peer is born: from what is on disk and what the settings say, three rooms.
"""

import os
import secrets
import socket
from random import Random

from gossipchat import __version__
from gossipchat.broadcast.core import Broadcast
from gossipchat.chat.bodies import Opening as FirstWords
from gossipchat.chat.core import Chat
from gossipchat.chat.sealing import Sealer
from gossipchat.feeds.author import Author
from gossipchat.feeds.feed import Feed
from gossipchat.names import Address, AuthorKey, FeedId, NodeName
from gossipchat.node.home import Identity
from gossipchat.node.settings import NodeSettings
from gossipchat.peer.core import Peer
from gossipchat.store.reading.opening import Opening
from gossipchat.swim.core import Swim
from gossipchat.swim.events import Remembered
from gossipchat.swim.membership.identity import identity_tag
from gossipchat.swim.membership.myself import Myself


def node_name(settings: NodeSettings, key: AuthorKey) -> NodeName:
    """The name of ``--name``, or HOST-xxxx with the first hex digits of the id."""
    if settings.name is not None:
        return NodeName(settings.name)
    host = socket.gethostname().partition(".")[0]
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in host).strip("-")
    return NodeName(f"{plain or 'node'}-{key.hex()[:4]}")


def peer_of(
    settings: NodeSettings,
    identity: Identity,
    address: Address,
    opening: Opening,
    packet_budget: int,
    now_ms: int,
) -> Peer:
    """
    The peer that lives at *address* and remembers what *opening* found on disk.

    *packet_budget*: bytes that a datagram has for messages. *now_ms*: the machine's
    clock.
    """
    chance = Random(secrets.randbits(64))
    # fresh random bits at each start: an id that was used can't come again,
    # whatever became of the disk meanwhile
    author = Author(identity.signing, secrets.randbits(64))
    return Peer(
        _swim(settings, identity, address, opening, packet_budget, now_ms, chance),
        Broadcast(
            identity.key,
            settings.of_room("broadcast"),
            chance,
            _feeds(opening),
            author,
        ),
        _chat(settings, identity, opening, author),
    )


def _feeds(opening: Opening) -> dict[FeedId, Feed]:
    """What is held, and what was: a feed of which all has gone keeps its floor."""
    known = dict.fromkeys([*opening.feeds, *opening.floors])
    return {
        feed: Feed(
            feed,
            opening.feeds.get(feed, ()),
            opening.floors.get(feed, 0),
            opening.signed.get(feed),
        )
        for feed in known
    }


def _swim(
    settings: NodeSettings,
    identity: Identity,
    address: Address,
    opening: Opening,
    packet_budget: int,
    now_ms: int,
    chance: Random,
) -> Swim:
    name = node_name(settings, identity.key)
    label = settings.label.encode()
    tags = {**settings.tags, "gc": identity_tag(identity.signing, name, label)}
    remembered = [
        Remembered(m.name, m.address, m.key, max(0, now_ms - m.wall_ms) / 1000, m.left)
        for m in opening.members
        if m.name != name
    ]
    return Swim(
        Myself.restored(name, address, identity.key, tags, opening.counters),
        settings.of_room("swim"),
        chance,
        pins={m.name: m.key for m in opening.members if m.key is not None},
        label=label,
        budget=packet_budget,
        remembered=remembered,
    )


def _chat(
    settings: NodeSettings, identity: Identity, opening: Opening, author: Author
) -> Chat:
    first_words = FirstWords(
        node_name(settings, identity.key),
        identity.sealing.public_key().public_bytes_raw(),
        _last_own(opening, identity.key),
        __version__,
        settings.nick,
    )
    return Chat(
        author,
        first_words,
        settings.of_room("chat"),
        opening.rooms,
        opening.highest_hlc,
        highest_own=opening.highest_own,
        known=opening.known,
        next_due_ms=opening.next_due_ms,
        sealer=Sealer(identity.key, identity.sealing, os.urandom),
    )


def _last_own(opening: Opening, key: AuthorKey) -> tuple[int, int, bytes] | None:
    """(epoch, seq, hash) of the last entry that this node knows of itself."""
    own = [(feed, held) for feed, held in opening.feeds.items() if feed.author == key]
    if not own:
        return None
    feed, held = own[-1]
    return feed.epoch, held[-1].last, held[-1].tip
