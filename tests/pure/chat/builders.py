"""What the chat tests are not about."""

import os
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gossipchat.chat.bodies import Opening, spoken_body
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.core import Chat
from gossipchat.chat.events import Effect, Event, Persist, Persisted, SayAsked
from gossipchat.chat.listening.gate import Holds
from gossipchat.chat.sealing import Sealer
from gossipchat.effects import Moment
from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import GENESIS, Entry
from gossipchat.feeds.run import Run, check, seal_run
from gossipchat.names import AuthorKey, EntryId, FeedId, Reference, RoomName

ANN = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
BOB = Ed25519PrivateKey.from_private_bytes(b"b" * 32)
CARL = Ed25519PrivateKey.from_private_bytes(b"c" * 32)
WALL = 1_790_000_000_000
LOBBY = RoomName("#lobby")


def key_of(signing: Ed25519PrivateKey) -> AuthorKey:
    return AuthorKey(signing.public_key().public_bytes_raw())


def at(seconds: float) -> Moment:
    return Moment(seconds, WALL + int(seconds * 1000))


def public_of(signing: Ed25519PrivateKey) -> bytes:
    """The key that private messages to the node of *signing* are sealed with."""
    return _sealing(signing).public_key().public_bytes_raw()


def sealer_of(signing: Ed25519PrivateKey) -> Sealer:
    return Sealer(key_of(signing), _sealing(signing), os.urandom)


def _sealing(signing: Ed25519PrivateKey) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(signing.private_bytes_raw())


def chat(
    config: ChatConfig | None = None,
    highest_hlc: int = 0,
    *,
    key: Ed25519PrivateKey = ANN,
    last: tuple[int, int, bytes] | None = None,
    highest_own: int = 0,
    next_due_ms: int | None = None,
    holds: Holds = lambda id: True,
) -> Chat:
    """Ann's chat (or that of *key*) in a fresh epoch."""
    opening = Opening("ann-node", public_of(key), last, "test")
    return Chat(
        Author(key, 7),
        opening,
        replace(config or ChatConfig(), speaker_linger=0),  # test_presence has that
        {},
        highest_hlc,
        highest_own=highest_own,
        next_due_ms=next_due_ms,
        sealer=sealer_of(key),
        holds=holds,
    )


def refer(kind: str, text: str, target: EntryId) -> SayAsked:
    return SayAsked(kind, kind, "lobby", "ann", text, target=Reference(target, 5))


def say(text: str, ask: object = None, **more: str) -> SayAsked:
    kind, room = more.pop("kind", "say"), more.pop("room", "lobby")
    nick, token = more.pop("nick", "ann"), more.pop("token", None)
    return SayAsked(text if ask is None else ask, kind, room, nick, text, token)


def bobs_run(
    *texts: str,
    first: int = 1,
    prev: bytes = GENESIS,
    hlc: int = 0,
    wall_ms: int = WALL,
    after: tuple[EntryId, ...] = (),
    key: Ed25519PrivateKey = BOB,
    epoch: int = 9,
) -> Run:
    """What Bob (or whose *key* it is) said, sealed."""
    contents = []
    for index, text in enumerate(texts):
        body = spoken_body(LOBBY, "bob", text, None)
        clock = (hlc or (wall_ms << 16)) + index
        contents.append(Entry(clock, wall_ms, after, "say", body).encode())
    return seal_run(key, FeedId(key_of(key), epoch), first, prev, tuple(contents))


def carls_run(
    *texts: str,
    first: int = 1,
    prev: bytes = GENESIS,
    after: tuple[EntryId, ...] = (),
    epoch: int = 9,
) -> Run:
    """What Carl said, sealed."""
    return bobs_run(*texts, first=first, prev=prev, after=after, key=CARL, epoch=epoch)


def tip_of(run: Run) -> bytes:
    return check(run)


class World:
    """A chat with a disk that answers at once, and all effects so far."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.effects: list[Effect] = []
        self.next_n = 1

    def feed(self, event: Event, seconds: float = 0.0) -> list[Effect]:
        """Effects of *event*, and of the disk's answers to them."""
        new = self.chat.handle(event, at(seconds))
        for effect in list(new):
            if isinstance(effect, Persist):
                first_n = self.next_n
                self.next_n += sum(len(stored.rows) for stored in effect.runs)
                new += self.feed(Persisted(effect.number, first_n), seconds)
        self.effects += [effect for effect in new if effect not in self.effects]
        return new
