"""
What the body of an entry says, by kind: bytes <-> values.

A body is a msgpack map; keys that we do not know stay untouched, for the body
is what its author signed. Bodies of others are read leniently: an entry whose
body makes no sense is kept and passed on like any other, it only shows nothing.

    say, emote, notice   {room, nick, text, token?}
    topic                {room, nick, text, token?}
    edit, redact, react  {room, nick, text, target: [author, epoch, seq], of?, token?}
    x-cast               {topic, payload}: from program to program, in no room
    open                 {name, nick, x25519, last: [epoch, seq, hash] | nil, program}
    private              see ``sealing``; in it
                         {kind, nick, peer, text, target?, of?, token?}

*of* is the hybrid time of *target*.
"""

import unicodedata
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import msgpack

from gossipchat.errors import UsageError
from gossipchat.feeds.entry import MAX_HLC
from gossipchat.names import (
    MAX_EPOCH,
    AuthorKey,
    EntryId,
    Reference,
    RoomName,
    room_name,
)

SPOKEN = ("say", "emote", "notice", "topic")
"""The kinds that a user can say in a room."""

REFERRING = ("edit", "redact", "react")
"""The kinds that are about another entry."""

PRIVATE = "private"
"""The kind of a sealed entry, and of a plain message that was in one."""

CAST = "x-cast"
"""The kind of what a program tells all others through the log; people see nothing."""

SHOWN = (*SPOKEN, PRIVATE)
"""The kinds that carry text of their own: what a history shows."""

EDITABLE = ("say", "emote", "notice", PRIVATE)
REDACTABLE = (*EDITABLE, "react")
"""What its own user may replace, or take back. (A new topic replaces the old.)"""

MAX_EMOJI_CHARACTERS = 32
UNFIT_IN_EMOJI = ("Cc", "Cs", "Zs", "Zl", "Zp")
MAX_NICK_CHARACTERS = 32
MAX_TOKEN_CHARACTERS = 64


class Meaning(NamedTuple):
    """What an entry means to a reader; empty where it says nothing."""

    room: RoomName | None
    nick: str
    """Who says it; in a ``x-cast`` its topic."""
    text: str
    """In a ``x-cast`` its payload, base64."""
    token: str | None
    target: Reference | None = None
    kind: str = ""
    """In a private message: what it would be in a room."""
    peer: str = ""
    """In a private message: whom its author wrote to, as that was typed."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first entry of an epoch tells of its author."""

    name: str
    x25519: bytes
    """The key that private messages to this node are sealed with, 32 bytes."""
    last: tuple[int, int, bytes] | None
    """(epoch, seq, hash) of the last entry that the author knew of itself."""
    program: str
    nick: str = ""
    """Of the user who speaks there when nobody else is named."""


def spoken_body(
    room: RoomName,
    nick: str,
    text: str,
    token: str | None,
    target: Reference | None = None,
) -> bytes:
    """The body of what a user says, or does to *target*."""
    return _packed({"nick": nick, "room": room, "text": text, **_extras(token, target)})


def letter(
    kind: str,
    nick: str,
    peer: str,
    text: str,
    token: str | None = None,
    target: Reference | None = None,
) -> bytes:
    """What is sealed in a private message from *nick* to *peer*."""
    fields: dict[str, object] = {"kind": kind, "nick": nick, "peer": peer, "text": text}
    return _packed({**fields, **_extras(token, target)})


def _extras(token: str | None, target: Reference | None) -> dict[str, object]:
    fields: dict[str, object] = {} if token is None else {"token": token}
    if target is not None:
        fields["target"] = list(target.id)
        if target.hlc is not None:
            fields["of"] = target.hlc
    return fields


def cast_body(topic: str, payload: bytes) -> bytes:
    """The body of ``x-cast``."""
    return _packed({"payload": payload, "topic": topic})


def opening_body(opening: Opening) -> bytes:
    """The body of ``open``."""
    last = None if opening.last is None else list(opening.last)
    return _packed(
        {
            "last": last,
            "name": opening.name,
            "nick": opening.nick,
            "program": opening.program,
            "x25519": opening.x25519,
        }
    )


def meaning(kind: str, body: bytes) -> Meaning:
    """What *body* says to everybody, as far as it can be read. Never raises."""
    if kind == PRIVATE:
        return NOTHING
    fields = _fields(body)
    if fields is None:
        return NOTHING
    if kind == "open":
        return Meaning(None, clean_nick(fields.get("name")), "", None)
    if kind == CAST:
        topic, payload = fields.get("topic"), fields.get("payload")
        if not isinstance(topic, str) or not isinstance(payload, bytes):
            return NOTHING
        return Meaning(None, topic, b64encode(payload).decode(), None)
    return Meaning(
        _room_or_none(fields.get("room")),
        clean_nick(fields.get("nick")),
        _text(fields.get("text")),
        _token_or_none(fields.get("token")),
        _target_or_none(fields),
    )


def letter_meaning(plain: bytes) -> Meaning:
    """What an opened private message says; it stands in no room. Never raises."""
    fields = _fields(plain)
    if fields is None:
        return NOTHING
    kind, peer = fields.get("kind"), fields.get("peer")
    return Meaning(
        None,
        clean_nick(fields.get("nick")),
        _text(fields.get("text")),
        _token_or_none(fields.get("token")),
        _target_or_none(fields),
        kind if kind in REFERRING else PRIVATE,
        clean_nick(peer),
    )


def read_opening(body: bytes) -> Opening | None:
    """What an ``open`` tells of its author, but for its last entry; None: nothing."""
    fields = _fields(body)
    key = None if fields is None else fields.get("x25519")
    if fields is None or not isinstance(key, bytes) or len(key) != 32:
        return None
    name, nick = fields.get("name"), fields.get("nick")
    if not isinstance(name, str):
        return None
    return Opening(name, key, None, "", clean_nick(nick) if nick else "")


def _fields(body: bytes) -> dict[str, Any] | None:
    try:
        fields = msgpack.unpackb(body, max_map_len=64, strict_map_key=True)
    except (ValueError, msgpack.UnpackException, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def checked_nick(nick: str) -> str:
    """*nick* as others will see it. Raises UsageError when it can't be one."""
    nick = unicodedata.normalize("NFC", nick)
    if not 1 <= len(nick) <= MAX_NICK_CHARACTERS:
        raise UsageError(
            f"nick {nick!r}: a nick has 1 to {MAX_NICK_CHARACTERS} characters"
        )
    if nick[0] in "#:~" or any(_unfit_in_nick(character) for character in nick):
        raise UsageError(
            f"nick {nick!r}: no space, comma, ! @ * ? or control character in a nick,"
            " and no # : ~ in front"
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


def checked_emoji(text: str) -> str:
    """Raises UsageError unless *text* is short and without space."""
    if not 1 <= len(text) <= MAX_EMOJI_CHARACTERS or any(
        character == " " or unicodedata.category(character) in UNFIT_IN_EMOJI
        for character in text
    ):
        raise UsageError(
            f"{text!r} is no emoji: 1 to {MAX_EMOJI_CHARACTERS} characters, no space"
        )
    return text


def _unfit_in_nick(character: str) -> bool:
    return character in " ,!@*?" or unicodedata.category(character)[0] in "ZC"


def clean_nick(nick: object) -> str:
    """Somebody else's nick: what can't be shown in one line is left out."""
    if not isinstance(nick, str):
        return "?"
    return _cleaned(nick[: 2 * MAX_NICK_CHARACTERS])


@lru_cache(maxsize=4096)
def _cleaned(nick: str) -> str:
    """The same few nicks come with every line."""
    kept = [character for character in nick if not _unfit_in_nick(character)]
    return "".join(kept)[:MAX_NICK_CHARACTERS] or "?"


def _room_or_none(room: object) -> RoomName | None:
    if not isinstance(room, str):
        return None
    try:
        return room_name(room)
    except UsageError:
        return None


def _token_or_none(token: object) -> str | None:
    fits = isinstance(token, str) and len(token) <= MAX_TOKEN_CHARACTERS
    return token if isinstance(token, str) and fits else None


def _target_or_none(fields: dict[str, Any]) -> Reference | None:
    target, hlc = fields.get("target"), fields.get("of")
    if not isinstance(target, list) or len(target) != 3:
        return None
    author, epoch, seq = target
    if not isinstance(author, bytes) or len(author) != 32:
        return None
    if type(epoch) is not int or type(seq) is not int:
        return None
    if not 0 <= epoch <= MAX_EPOCH or not 1 <= seq < 2**63:
        return None
    told = type(hlc) is int and 0 <= hlc <= MAX_HLC
    return Reference(EntryId(AuthorKey(author), epoch, seq), hlc if told else None)


def _text(text: object) -> str:
    return text.replace("\0", "") if isinstance(text, str) else ""


def _packed(fields: dict[str, object]) -> bytes:
    packed: bytes = msgpack.packb(dict(sorted(fields.items())))
    return packed


NOTHING = Meaning(None, "?", "", None)
