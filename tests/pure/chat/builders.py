"""What the chat tests are not about."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.chat.bodies import Opening, spoken_body
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.core import Chat
from gossipchat.chat.events import Effect, Event, Persist, Persisted, SayAsked
from gossipchat.effects import Moment
from gossipchat.feeds.author import Author
from gossipchat.feeds.entry import GENESIS, Entry
from gossipchat.feeds.run import Run, check, seal_run
from gossipchat.names import AuthorKey, EntryId, FeedId, RoomName

ANN = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
BOB = Ed25519PrivateKey.from_private_bytes(b"b" * 32)
WALL = 1_790_000_000_000
LOBBY = RoomName("#lobby")


def key_of(signing: Ed25519PrivateKey) -> AuthorKey:
    return AuthorKey(signing.public_key().public_bytes_raw())


def at(seconds: float) -> Moment:
    return Moment(seconds, WALL + int(seconds * 1000))


def chat(config: ChatConfig | None = None, highest_hlc: int = 0) -> Chat:
    """Ann's chat in a fresh epoch."""
    opening = Opening("ann-node", b"x" * 32, None, "test")
    return Chat(Author(ANN, 7), opening, config or ChatConfig(), {}, highest_hlc)


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
) -> Run:
    """What Bob said, sealed."""
    contents = []
    for index, text in enumerate(texts):
        body = spoken_body(LOBBY, "bob", text, None)
        clock = (hlc or (wall_ms << 16)) + index
        contents.append(Entry(clock, wall_ms, after, "say", body).encode())
    return seal_run(BOB, FeedId(key_of(BOB), 9), first, prev, tuple(contents))


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
