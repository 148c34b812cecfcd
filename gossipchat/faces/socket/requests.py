"""
Requests: from a line of JSON to arguments that need no further check.
"""

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from gossipchat.node.api import EntryId, NodeName, UsageError, place_name

VERSION = 1
Object = dict[str, Any]

MAX_NUMBER = 2**53
"""Above it, JSON numbers are not exact in every language."""

MAX_SECONDS = 3600
"""The longest that a request may wish to wait."""


@dataclass(frozen=True, slots=True)
class Request:
    """One line of a client: under *number*, *do* something with *given*."""

    number: int
    do: str
    given: Object

    def text(self, name: str) -> str:
        """A text that must be there, in proper Unicode."""
        text = self.optional_text(name)
        if text is None:
            raise UsageError(f"{self.do}: {name} is missing")
        return text

    def optional_text(self, name: str) -> str | None:
        """A text, in proper Unicode, or None."""
        text = self.given.get(name)
        if text is None:
            return None
        if not isinstance(text, str):
            raise UsageError(f"{self.do}: {name} must be text")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UsageError(f"{self.do}: {name} is no proper Unicode") from None
        return text

    def number_of(self, name: str, least: int, most: int) -> int | None:
        """A whole number in *least* to *most*, or None."""
        number = self.given.get(name)
        if number is None:
            return None
        if not is_whole(number) or not least <= number <= most:
            raise UsageError(
                f"{self.do}: {name} must be a whole number in {least}..{most}"
            )
        return int(number)

    def flag(self, name: str) -> bool:
        """True or false; false when it is not there."""
        flag = self.given.get(name, False)
        if not isinstance(flag, bool):
            raise UsageError(f"{self.do}: {name} must be true or false")
        return flag

    def room(self) -> str:
        """The canonical name of a room or of an ``@`` user; it must be there."""
        return place_name(self.text("room"))

    def optional_room(self) -> str | None:
        """The same, or None: all rooms."""
        room = self.optional_text("room")
        return None if room is None else place_name(room)

    def entry(self, name: str) -> EntryId:
        """An entry's id; it must be there."""
        return EntryId.parse(self.text(name))

    def optional_entry(self, name: str) -> EntryId | None:
        """An entry's id, or None."""
        text = self.optional_text(name)
        return None if text is None else EntryId.parse(text)

    def seconds(self, name: str) -> float | None:
        """A number of seconds above 0, or None."""
        number = self.given.get(name)
        if number is None:
            return None
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise UsageError(f"{self.do}: {name} must be a number of seconds")
        if not 0 < number <= MAX_SECONDS:
            raise UsageError(f"{self.do}: {name} must be in 0..{MAX_SECONDS} seconds")
        return float(number)

    def payload(self, name: str) -> bytes:
        """Bytes in base64; none when it is not there."""
        text = self.optional_text(name)
        try:
            return b"" if text is None else b64decode(text, validate=True)
        except ValueError:
            raise UsageError(f"{self.do}: {name} must be base64") from None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty when it is not there."""
        texts = self.given.get(name)
        if texts is None:
            return ()
        if not isinstance(texts, list) or not all(map(_is_proper, texts)):
            raise UsageError(f"{self.do}: {name} must be a list of texts")
        return tuple(texts)

    def pairs(self, name: str) -> dict[str, str]:
        """An object of texts; empty when it is not there."""
        pairs = self.given.get(name)
        if pairs is None:
            return {}
        if not isinstance(pairs, dict) or not all(
            map(_is_proper, [*pairs, *pairs.values()])
        ):
            raise UsageError(f"{self.do}: {name} must be an object of texts")
        return dict(pairs)

    def optional_member(self, name: str) -> NodeName | None:
        """A member's name, or None."""
        return None if self.given.get(name) is None else self.member(name)

    def members(self, name: str) -> tuple[NodeName, ...]:
        """A list of members' names; empty when it is not there."""
        names = self.given.get(name)
        if names is None:
            return ()
        if not isinstance(names, list) or not all(
            isinstance(one, str) and one for one in names
        ):
            raise UsageError(f"{self.do}: {name} must be a list of members' names")
        return tuple(map(NodeName, names))

    def member(self, name: str) -> NodeName:
        """A member's name: any text, since a name may hold any bytes."""
        text = self.given.get(name)
        if not isinstance(text, str) or not text:
            raise UsageError(f"{self.do}: {name} must be a member's name")
        return NodeName(text)


def read_object(line: bytes) -> Object:
    """The JSON object in *line*. Raises UsageError with the form that is wanted."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        form = '{"v":1,"id":1,"do":"status"}'
        raise UsageError(f"a request is a JSON object: {form}")
    return asked


def read_number(asked: Object) -> int:
    """The number that a request is asked under. Raises UsageError."""
    number: Any = asked.get("id")
    if not is_whole(number) or not 0 <= number <= MAX_NUMBER:
        raise UsageError("id must be a whole number of your choice")
    return int(number)


def read_request(number: int, asked: Object) -> Request:
    """The request in *asked*. Raises UsageError with what is wrong with it."""
    if not is_whole(asked.get("v")) or asked["v"] != VERSION:
        raise UsageError(f"this node speaks v = {VERSION}")
    do = asked.get("do")
    if not isinstance(do, str):
        raise UsageError("do must name what is wanted, as in status")
    return Request(number, do, asked)


def is_whole(value: Any) -> bool:
    """Whether *value* is a JSON number without fraction."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_proper(value: Any) -> bool:
    """Whether *value* is text in proper Unicode."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
