"""
Somebody who has links, and a key that is nobody's.
"""

from collections.abc import Hashable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.broadcast.events import LinkOpened
from gossipchat.chat.bodies import spoken_body
from gossipchat.feeds.entry import GENESIS, Entry
from gossipchat.feeds.run import seal_run
from gossipchat.names import AuthorKey, FeedId, RoomName
from gossipchat.sim.world.machine import EPOCH_MS

LOBBY = RoomName("lobby")


class Forger:
    """Has links, and a key that is nobody's."""

    def __init__(self, number: int) -> None:
        self.place: Hashable = f"forger {number}"
        seed = sha256(f"forger {number}".encode()).digest()
        self._signing = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = AuthorKey(self._signing.public_key().public_bytes_raw())
        self.links: list[int] = []

    def feed(self, event: object) -> None:
        """Remember the link; nothing that is said over it matters."""
        if isinstance(event, LinkOpened):
            self.links.append(event.link)

    def run(self, feed: FeedId, text: str) -> bytes:
        """A run of *feed* with one line, under the forger's own seal."""
        body = spoken_body(LOBBY, "anybody", text, None, None)
        entry = Entry(EPOCH_MS << 16, EPOCH_MS, (), "say", body)
        return seal_run(self._signing, feed, 1, GENESIS, [entry.encode()]).encoded
