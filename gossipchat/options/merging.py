"""
Command line, file and defaults as one: the settings of a node.
"""

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gossipchat.chat.bodies import clean_nick
from gossipchat.faces.socket.client import default_data
from gossipchat.node.settings import ROOMS, NodeSettings
from gossipchat.options.file import configured
from gossipchat.options.values import READERS

FIELDS = {"seed": "seeds"}
"""Settings whose options have another name."""


def settings_of(
    given: Mapping[str, Any], tags: Mapping[str, str], config: str | None
) -> NodeSettings:
    """
    The settings that the command line (*given* by name, and *tags*) and the
    configuration file at *config*, if there is one, give together.

    Relative paths count from where the command is run, those in the file from
    where the file is. Raises UsageError with a sentence.
    """
    told = configured(Path(config)) if config else {}
    merged = {**told, **given}
    known = {
        FIELDS.get(name, name): read(name, merged[name])
        for name, read in READERS.items()
        if name in merged
    }
    known.setdefault("data", default_data())
    known.setdefault("nick", login_name())
    overrides = {room: told[room] for room in ROOMS if room in told}
    all_tags = {**told.get("tag", {}), **tags}
    return NodeSettings(tags=all_tags, overrides=overrides, **known)


def login_name() -> str:
    """Who is logged in, as far as it can serve as a nick."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = ""
    return clean_nick(name).lstrip("#:~?") or "user"
