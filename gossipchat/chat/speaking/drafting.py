"""
What a local user asks to say, checked and put into a body, or refused in a sentence.
"""

from base64 import b64decode
from collections.abc import Hashable
from typing import NamedTuple

from gossipchat.chat.bodies import (
    CAST,
    PRIVATE,
    REFERRING,
    SPOKEN,
    cast_body,
    checked_emoji,
    checked_nick,
    checked_text,
    checked_token,
    letter,
    spoken_body,
)
from gossipchat.chat.config import ChatConfig
from gossipchat.chat.directory import Directory
from gossipchat.chat.events import SayAsked
from gossipchat.chat.sealing import Sealer
from gossipchat.errors import Refused, UsageError
from gossipchat.names import AuthorKey, Reference, RoomName, private_name, room_name


class Utterance(NamedTuple):
    """One thing said, checked, waiting for its id."""

    ask: Hashable
    kind: str
    """Of the entry, which for all that is sealed is ``private``."""
    shown_kind: str
    room: RoomName | None
    nick: str
    text: str
    token: str | None
    target: Reference | None
    peer: AuthorKey | None
    body: bytes


class Drafter:
    """
    Makes utterances of what is asked.

    *sealer* None: nothing private can be said here.
    """

    def __init__(
        self, config: ChatConfig, directory: Directory, sealer: Sealer | None
    ) -> None:
        self._config = config
        self._directory = directory
        self._sealer = sealer

    def draft(self, asked: SayAsked) -> Utterance:
        """*asked* with its body. Raises UsageError with what is wrong with it."""
        if asked.kind == CAST:
            return self._cast(asked)
        nick, token = checked_nick(asked.nick), checked_token(asked.token)
        text = self._text(asked)
        if asked.room.startswith("@"):
            return self._sealed(asked, nick, text, token)
        room, kind = room_name(asked.room), asked.kind
        body = spoken_body(room, nick, text, token, asked.target)
        return Utterance(
            asked.ask, kind, kind, room, nick, text, token, asked.target, None, body
        )

    def _cast(self, asked: SayAsked) -> Utterance:
        """Its topic is in the place of the room, its payload, base64, of the text."""
        topic, payload = asked.room, b64decode(asked.text)
        size = len(topic.encode()) + len(payload)
        if size > self._config.max_text_bytes:
            raise UsageError(
                f"topic and payload have {size} bytes; at most"
                f" {self._config.max_text_bytes} can be told at once"
            )
        body = cast_body(topic, payload)
        return Utterance(
            asked.ask, CAST, CAST, None, topic, asked.text, None, None, None, body
        )

    def _text(self, asked: SayAsked) -> str:
        if asked.kind not in (*SPOKEN, *REFERRING):
            raise UsageError(f"{asked.kind!r} is nothing that can be said in a room")
        if (asked.kind in REFERRING) != (asked.target is not None):
            raise UsageError(f"{asked.kind}: which message is meant?")
        if asked.kind == "redact":
            return ""
        if asked.kind == "react":
            return checked_emoji(asked.text)
        if asked.kind == "topic" and not asked.text.strip():
            return ""  # from now on there is none
        return checked_text(asked.text, self._config.max_text_bytes)

    def _sealed(
        self, asked: SayAsked, nick: str, text: str, token: str | None
    ) -> Utterance:
        place = self._directory.spelled_out(private_name(asked.room))
        if asked.kind not in ("say", *REFERRING):
            raise UsageError(f"{place}: privately, things are only said")
        if self._sealer is None:
            raise Refused("this node has no key for private messages")
        if asked.peer is None:
            to = self._directory.find(place)
        else:
            to = self._directory.addressee(asked.peer, place)
        name = place[1:].partition("@")[0]
        plain = letter(asked.kind, nick, name, text, token, asked.target)
        return Utterance(
            asked.ask,
            PRIVATE,
            PRIVATE if asked.kind == "say" else asked.kind,
            RoomName("@" + name),
            nick,
            text,
            token,
            asked.target,
            to.author,
            self._sealer.seal(to.author, to.x25519, plain),
        )
