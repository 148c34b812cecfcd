"""
What the body of an entry says, by kind: bytes <-> values.

A body is a msgpack map; keys that we do not know stay untouched, for the body
is what its author signed. Bodies of others are read leniently: an entry whose
body makes no sense is kept and passed on like any other, it only shows nothing.

    say, emote, notice   {room, nick, text, token?}
    topic                {room, nick, text, token?}
    open                 {name, x25519, last: [epoch, seq, hash] | nil, program}
"""

import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

import msgpack

from gossipchat.errors import UsageError
from gossipchat.names import RoomName, room_name

SPOKEN = ("say", "emote", "notice", "topic")
"""The kinds that a user can say in a room."""

MAX_NICK_CHARACTERS = 32
MAX_TOKEN_CHARACTERS = 64


class Meaning(NamedTuple):
    """What an entry means to a reader; empty where it says nothing."""

    room: RoomName | None
    nick: str
    text: str
    token: str | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first entry of an epoch tells of its author."""

    name: str
    x25519: bytes
    """The key that private messages to this node are sealed with, 32 bytes."""
    last: tuple[int, int, bytes] | None
    """(epoch, seq, hash) of the last entry that the author knew of itself."""
    program: str


def spoken_body(room: RoomName, nick: str, text: str, token: str | None) -> bytes:
    """The body of what a user says."""
    fields: dict[str, object] = {"nick": nick, "room": room, "text": text}
    return _packed(fields if token is None else {**fields, "token": token})


def opening_body(opening: Opening) -> bytes:
    """The body of ``open``."""
    last = None if opening.last is None else list(opening.last)
    return _packed(
        {
            "last": last,
            "name": opening.name,
            "program": opening.program,
            "x25519": opening.x25519,
        }
    )


def meaning(kind: str, body: bytes) -> Meaning:
    """What *body* says, as far as it can be read. Never raises."""
    try:
        fields = msgpack.unpackb(body, max_map_len=64, strict_map_key=True)
    except (ValueError, msgpack.UnpackException, RecursionError):
        return NOTHING
    if not isinstance(fields, dict):
        return NOTHING
    if kind == "open":
        return Meaning(None, _clean_nick(fields.get("name")), "", None)
    token = fields.get("token")
    return Meaning(
        _room_or_none(fields.get("room")),
        _clean_nick(fields.get("nick")),
        _text(fields.get("text")),
        token
        if isinstance(token, str) and len(token) <= MAX_TOKEN_CHARACTERS
        else None,
    )


def checked_nick(nick: str) -> str:
    """*nick* as others will see it. Raises UsageError when it can't be one."""
    nick = unicodedata.normalize("NFC", nick)
    if not 1 <= len(nick) <= MAX_NICK_CHARACTERS:
        raise UsageError(
            f"nick {nick!r}: a nick has 1 to {MAX_NICK_CHARACTERS} characters"
        )
    if nick[0] in "#@:~" or any(_unfit_in_nick(character) for character in nick):
        raise UsageError(
            f"nick {nick!r}: no space, comma or control character in a nick,"
            " and no # @ : ~ in front"
        )
    return nick


def checked_token(token: str | None) -> str | None:
    """Raises UsageError for a token that is empty or too long."""
    if token is not None and not 1 <= len(token) <= MAX_TOKEN_CHARACTERS:
        raise UsageError(f"a token has 1 to {MAX_TOKEN_CHARACTERS} characters")
    return token


def checked_text(text: str, limit: int) -> str:
    """Raises UsageError for a text that is empty, unwritable or above *limit* bytes."""
    text = text.rstrip("\r\n")
    if not text:
        raise UsageError("there is nothing to say: the text is empty")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise UsageError("the text is not valid Unicode") from None
    if size > limit:
        raise UsageError(
            f"the text has {size} bytes; at most {limit} can be said at once"
        )
    if "\0" in text:
        raise UsageError("the text holds a NUL character")
    return text


def _unfit_in_nick(character: str) -> bool:
    return character in " ,!@*?" or unicodedata.category(character)[0] in "ZC"


def _clean_nick(nick: object) -> str:
    """Somebody else's nick: what can't be shown in one line is left out."""
    if not isinstance(nick, str):
        return "?"
    kept = [c for c in nick[: 2 * MAX_NICK_CHARACTERS] if not _unfit_in_nick(c)]
    return "".join(kept)[:MAX_NICK_CHARACTERS] or "?"


def _room_or_none(room: object) -> RoomName | None:
    if not isinstance(room, str):
        return None
    try:
        return room_name(room)
    except UsageError:
        return None


def _text(text: object) -> str:
    return text.replace("\0", "") if isinstance(text, str) else ""


def _packed(fields: dict[str, object]) -> bytes:
    packed: bytes = msgpack.packb(dict(sorted(fields.items())))
    return packed


NOTHING = Meaning(None, "?", "", None)
