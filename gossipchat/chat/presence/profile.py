"""
What a document says of a user: bytes <-> values.

    {nick, claimed, here, rooms: [room, ...], away: text | nil}

Keys that we do not know are skipped. A document whose body makes no sense shows
nobody; it is carried like any other.
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

import msgpack

from gossipchat.chat.bodies import checked_nick
from gossipchat.errors import UsageError
from gossipchat.names import RoomName, room_name

MAX_ROOMS = 128
MAX_AWAY_CHARACTERS = 100
MAX_CLAIM = 2**63


@dataclass(frozen=True, slots=True)
class Profile:
    """A user as their node tells it."""

    nick: str
    claimed: int
    """When this user first went by this nick (hybrid clock): the earliest keeps it."""
    here: bool = True
    """Logged in; else the document says that they no longer are."""
    rooms: tuple[RoomName, ...] = ()
    away: str | None = None
    """Why they are away; None: they are not."""


NOBODY = Profile("?", MAX_CLAIM, here=False)
"""What a document says that only takes the place of others."""


def profile_body(profile: Profile) -> bytes:
    """*profile* as the body of a document."""
    packed: bytes = msgpack.packb(
        {
            "nick": profile.nick,
            "claimed": profile.claimed,
            "here": profile.here,
            "rooms": list(profile.rooms),
            "away": profile.away,
        }
    )
    return packed


def read_profile(body: bytes) -> Profile | None:
    """What *body* says, if it can be read."""
    try:
        fields: Any = msgpack.unpackb(body, max_array_len=MAX_ROOMS, max_map_len=32)
        claimed, away = fields["claimed"], fields["away"]
        if type(claimed) is not int or not 0 <= claimed <= MAX_CLAIM:
            return None
        if not (away is None or type(away) is str):
            return None
        rooms = tuple(room_name(room) for room in fields["rooms"])
        nick = checked_nick(fields["nick"])
        away = None if away is None else away[:MAX_AWAY_CHARACTERS]
        return Profile(nick, claimed, fields["here"] is True, rooms, away)
    except (ValueError, TypeError, KeyError, AttributeError, UsageError):
        return None


def checked_away(text: str | None) -> str | None:
    """Raises UsageError for a reason that is too long."""
    if text is not None and len(text) > MAX_AWAY_CHARACTERS:
        most = MAX_AWAY_CHARACTERS
        raise UsageError(f"why you are away: {most} characters at most")
    return text


def folded(nick: str) -> str:
    """What two nicks share when people would take them for one."""
    once = unicodedata.normalize("NFC", nick).casefold()
    return unicodedata.normalize("NFC", once)
