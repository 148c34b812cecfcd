"""
The values of a node's options: what each is read as, and what is refused.

The command line and the file say them alike, so each has one reader.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gossipchat.errors import UsageError
from gossipchat.names import split_host_port

FACES = ("irc", "web")
"""Faces of a later landing: known to the options, off."""


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name} = {value!r}: want text")
    return value


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{name} = {value!r}: want true or false")
    return value


def _address(name: str, value: object) -> tuple[str, int]:
    text = _text(name, value)
    try:
        return split_host_port(text)
    except UsageError as mistake:
        raise UsageError(f"--{name} {mistake}") from None


def _addresses(name: str, value: object) -> tuple[tuple[str, int], ...]:
    several = value if isinstance(value, list) else [value]
    return tuple(_address(name, one) for one in several)


def _path(name: str, value: object) -> Path:
    text = _text(name, value)
    if not text:  # as from a variable that is not set
        raise UsageError(f"--{name} is empty: name a path")
    return Path(os.path.abspath(os.path.expanduser(text)))


def _face(name: str, value: object) -> str:
    if value != "none":
        raise UsageError(
            f"--{name} {value}: the {name} face is not there yet; leave the option"
            " out or say none"
        )
    return "none"


READERS: Mapping[str, Callable[[str, object], Any]] = {
    "seed": _addresses,
    "listen": _address,
    "advertise": _address,
    "name": _text,
    "data": _path,
    "keyring": _path,
    "open": _flag,
    "label": _text,
    "profile": _text,
    "nick": _text,
    **dict.fromkeys(FACES, _face),
}
"""How each setting is read, from the command line and from the file."""
