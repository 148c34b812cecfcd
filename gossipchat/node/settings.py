"""
What a node is told at its start: addresses, names, files, timings.

The command line and the file of ``--config`` both end up here, checked.
"""

import ipaddress
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from gossipchat.chat.bodies import checked_nick
from gossipchat.errors import ConfigError, Refused, UsageError

PROFILES = ("lan", "wan", "local")
DEFAULT_PORT = 7946
MAX_SOCKET_PATH_BYTES = 107
"""A Linux sockaddr_un has 108 bytes, one of them the end."""

MAX_LABEL_BYTES = 255
MAX_NAME_BYTES = 128
UNFIT_IN_A_NAME = ("Cc", "Cs", "Zl", "Zp")

HostPort = tuple[str, int]

ROOMS = ("swim", "broadcast", "chat", "store", "transport")
"""The rooms whose every setting can be changed, each by its table in the file."""

WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
}
"""The types of settings, for people."""


@dataclass(frozen=True)
class NodeSettings:
    """How one node shall run. Raises UsageError with a sentence."""

    data: Path
    """Absolute directory of identity, log, member memory and sockets. A node locks it;
    its path may have at most 98 bytes, or api.sock would have no address."""

    listen: HostPort = ("127.0.0.1", DEFAULT_PORT)
    """Where UDP and TCP of the cluster are taken. Port 0: any free one, so members that
    remember this node find it elsewhere after a restart."""

    advertise: HostPort | None = None
    """What others are told; None: what *listen* says. Needed when that is 0.0.0.0 or ::
    and the machine has several addresses."""

    name: str | None = None
    """The member's name, 1 to 128 bytes of UTF-8 without control characters, unique in
    the cluster; None: HOST-xxxx. Others pin this node's key to it, so a changed name is
    a new member to them."""

    seeds: tuple[HostPort, ...] = ()
    """Members to join by. Tried for ever, their names resolved anew each time."""

    keyring: Path | None = None
    """Absolute path of the cluster's keys; None: DIR/keyring.json if it is there."""

    open: bool = False
    """Run beyond loopback without a key: whoever reaches the port can join and read."""

    label: str = ""
    """memberlist's label in clear in front of every packet, at most 255 bytes: keeps
    clusters apart that meet by accident. It costs its length in every packet."""

    profile: str = "lan"
    """Timings: ``lan``, ``wan`` (slow paths; deaths are noticed later) or ``local``
    (loopback; more packets)."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """Serf tags that others see, together with our own at most 512 bytes."""

    nick: str = "user"
    """Who speaks when a face names nobody, 1 to 32 characters: no space,
    comma, ! @ * ? or control character, and no # : ~ in front."""

    irc: str | None = None
    """Twisted endpoint of the IRC face; None: the default one; ``none``: off."""

    web: str | None = None
    """Twisted endpoint of the web face; None: the default one; ``none``: off."""

    overrides: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Single settings of rooms by room and name, over those of *profile*."""

    def __post_init__(self) -> None:
        for where, given in (("data", self.data), ("keyring", self.keyring)):
            if given is not None and not given.is_absolute():
                raise ConfigError(where, str(given), "must be an absolute path")
        if self.profile not in PROFILES:
            needs = f"must be {', '.join(PROFILES[:-1])} or {PROFILES[-1]}"
            raise ConfigError("profile", self.profile, needs)
        self._check_lengths()
        checked_nick(self.nick)
        if not all(map(_proper, [*self.tags, *self.tags.values()])):
            raise UsageError("a tag is text in UTF-8")
        if "gc" in self.tags:
            raise UsageError("tag gc is this program's own; choose another name")
        for room in self.overrides:
            self.of_room(room)

    def of_room(self, room: str) -> Any:
        """
        The settings of *room*: those of *profile* (where it has profiles), with
        *overrides*. Raises UsageError when there is no such room or setting.
        """
        config = room_config(room)
        preset = getattr(config, self.profile, config)()
        changes = self.overrides.get(room, {})
        check_overrides(room, changes)
        return replace(preset, **changes)

    @property
    def socket(self) -> Path:
        """DIR/api.sock, where the CLI and scripts ask."""
        return self.data / "api.sock"

    @property
    def keyring_file(self) -> Path | None:
        """Where the cluster's keys are: the one given, DIR/keyring.json, or nowhere."""
        beside = self.data / "keyring.json"
        return self.keyring or (beside if beside.exists() else None)

    def require_key(self) -> None:
        """
        Raises Refused with what to do when this node would be open to a network
        without having been told so.
        """
        if self.open or is_loopback(self.listen[0]) or self.keyring_file is not None:
            return
        raise Refused(
            f"{self.listen[0]} can be reached from other machines, and there is no key:"
            f" make one with `gossipchat keygen --write --data {self.data}` and copy"
            f" {self.data}/keyring.json to every node, or run without one with --open"
        )

    def _check_lengths(self) -> None:
        size = len(os.fsencode(self.socket))
        if size > MAX_SOCKET_PATH_BYTES:
            raise UsageError(
                f"{self.socket} has {size} bytes, and a socket's path ends at"
                f" {MAX_SOCKET_PATH_BYTES}: choose a shorter --data DIR"
            )
        if self.name is not None and not _fit_to_be_named(self.name):
            needs = f"must have 1 to {MAX_NAME_BYTES} bytes and no control character"
            raise ConfigError("name", self.name, needs)
        if not _proper(self.label) or len(self.label.encode()) > MAX_LABEL_BYTES:
            needs = f"must be text of {MAX_LABEL_BYTES} bytes at most"
            raise ConfigError("label", self.label, needs)


def check_overrides(room: str, changes: Mapping[str, object]) -> None:
    """Raises UsageError unless every one of *changes* is a setting of *room*."""
    known = {one.name: one.type for one in fields(room_config(room))}
    for name, value in changes.items():
        if name not in known:
            raise UsageError(
                f"{room}.{name} is no setting; there are {', '.join(sorted(known))}"
            )
        if not _fits(value, known[name]):
            needs = f"must be {WORDS[_name_of(known[name])]}"
            raise ConfigError(f"{room}.{name}", value, needs)


def room_config(room: str) -> type[Any]:
    """The dataclass of *room*'s settings. Raises UsageError when it has none."""
    if room not in ROOMS:
        raise UsageError(f"[{room}] is no table; there are {', '.join(ROOMS)}")
    module = import_module(f"gossipchat.{room}.config")
    names = (f"{room.capitalize()}Config", "Config")
    config: type[Any] = next(
        getattr(module, name) for name in names if hasattr(module, name)
    )
    return config


def _proper(text: str) -> bool:
    """Whether *text* is Unicode through and through."""
    return not any(unicodedata.category(character) == "Cs" for character in text)


def _fit_to_be_named(name: str) -> bool:
    """Whether *name* can go over the wire, and be printed in one line."""
    if any(unicodedata.category(character) in UNFIT_IN_A_NAME for character in name):
        return False
    return 1 <= len(name.encode()) <= MAX_NAME_BYTES


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach *host* (an address, or ``localhost``)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name_of(wanted: object) -> str:
    return wanted if isinstance(wanted, str) else getattr(wanted, "__name__", "")


def _fits(value: object, wanted: object) -> bool:
    match _name_of(wanted):
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "str":
            return isinstance(value, str)
        case _:
            return True  # its own __post_init__ judges it
