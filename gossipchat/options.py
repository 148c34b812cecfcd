"""
What `twistd gossipchat` understands, and the node that it makes of it.

twistd imports this module when the sub-command is used, parses the options, asks
``makeService`` for a service, forks, and only then starts it: so nothing here
opens or binds anything.
"""

import getpass
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.python import usage

from gossipchat import __version__
from gossipchat.errors import UsageError
from gossipchat.faces.socket.client import default_data
from gossipchat.names import split_host_port
from gossipchat.node.api import IChatNode
from gossipchat.node.settings import MAX_NICK_CHARACTERS, ROOMS, NodeSettings

FACES = ("irc", "web")
"""Faces of a later landing: known to the options, off."""


class Options(usage.Options):
    """The options of a node, each with the sentence that ``--help`` prints."""

    synopsis = "[options]"
    longdesc = "Runs a gossipchat node: chat and cluster membership without a server."

    optFlags = [["open", None, "Run beyond loopback without a key."]]  # noqa: RUF012

    optParameters = [  # noqa: RUF012
        ["listen", "l", None, "HOST:PORT of the cluster, UDP and TCP, port 0 for any"
         " free one. [default: 127.0.0.1:7946]"],
        ["advertise", None, None, "HOST:PORT that others are told. [default: what"
         " --listen says]"],
        ["name", None, None, "The member's name, unique in the cluster."
         " [default: HOST-xxxx]"],
        ["data", None, None, "Directory of identity, log and sockets."
         f" [default: {default_data()}]"],
        ["keyring", None, None, "The cluster's keys, as Serf's keyring file."
         " [default: keyring.json in --data, if it is there]"],
        ["label", None, None, "memberlist label."],
        ["profile", None, None, "Timings: lan, wan or local. [default: lan]"],
        ["nick", None, None, "The local user of the terminal and the CLI."
         " [default: your login name]"],
        ["irc", None, None, "Twisted endpoint of the IRC face, or none. [default:"
         " none]"],
        ["web", None, None, "Twisted endpoint of the web face, or none. [default:"
         " none]"],
        ["config", None, None, "TOML file with these names and every setting; the"
         " command line wins."],
    ]  # fmt: skip

    settings: NodeSettings
    """What the options mean; there once they are parsed."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._seeds: list[str] = []
        self._tags: dict[str, str] = {}

    def opt_seed(self, where: str) -> None:
        """HOST:PORT of any member to join by. May be repeated."""
        self._seeds.append(where)

    opt_s = opt_seed

    def opt_tag(self, pair: str) -> None:
        """KEY=VALUE for others to see, as Serf's. May be repeated."""
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise usage.UsageError(f"--tag {pair}: write it as KEY=VALUE")
        self._tags[key] = value

    def opt_version(self) -> None:
        """Display the version and exit."""
        print(f"gossipchat {__version__}")
        raise SystemExit(0)

    def getSynopsis(self) -> str:  # noqa: N802
        """The first line of ``--help``."""
        return "Usage: gossipchat node [options]    (or: twistd gossipchat [options])"

    def postOptions(self) -> None:
        """Check everything. Raises twisted's UsageError, with our sentence."""
        try:
            self.settings = self.to_settings()
        except UsageError as mistake:
            raise usage.UsageError(str(mistake)) from None

    def to_settings(self) -> NodeSettings:
        """
        The settings that command line and configuration file give together.

        Relative paths count from where the command is run, those in the file from
        where the file is. Raises UsageError with a sentence.
        """
        given = {name: self[name] for name in PARSE if isinstance(self.get(name), str)}
        if self._seeds:
            given["seed"] = self._seeds
        if self["open"]:
            given["open"] = True
        told = configured(Path(self["config"])) if self["config"] else {}
        tags = {**told.get("tag", {}), **self._tags}
        merged = {**told, **given}
        known = {
            FIELDS.get(name, name): PARSE[name](name, merged[name])
            for name in PARSE
            if name in merged
        }
        known.setdefault("data", default_data())
        known.setdefault("nick", login_name())
        overrides = {room: told[room] for room in ROOMS if room in told}
        return NodeSettings(tags=tags, overrides=overrides, **known)


def configured(path: Path) -> dict[str, Any]:
    """What the TOML file *path* says, with its paths made absolute."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageError(f"--config {path}: {problem.strerror}") from None
    except ValueError as problem:
        raise UsageError(f"--config {path} is no TOML: {problem}") from None
    known = {*PARSE, "tag", *ROOMS}
    for name, value in told.items():
        if name not in known:
            raise UsageError(
                f"--config {path}: {name} is no setting; there are"
                f" {', '.join(sorted(known))}"
            )
        if name in ("tag", *ROOMS) and not isinstance(value, dict):
            raise UsageError(f"--config {path}: {name} is a table, [{name}]")
    if not all(isinstance(value, str) for value in told.get("tag", {}).values()):
        raise UsageError(f"--config {path}: a tag's value is text, in quotes")
    for name in ("data", "keyring"):
        if isinstance(told.get(name), str):
            told[name] = str(path.absolute().parent / told[name])
    return told


def login_name() -> str:
    """Who is logged in, as far as it can serve as a nick."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = ""
    fit = "".join(one for one in name if one.isprintable() and not one.isspace())
    return fit[:MAX_NICK_CHARACTERS] or "user"


def makeService(options: Options) -> IService:
    """
    The node of *options*, not started.

    Raises SystemExit with the sentence when it would be refused anyway.
    """
    from twisted.internet import reactor

    from gossipchat.faces.socket.server import SocketFace
    from gossipchat.node.node import NodeService

    settings = options.settings
    try:
        settings.require_key()
    except UsageError as refusal:
        raise SystemExit(f"gossipchat: {refusal}") from None

    def socket_face(door: IChatNode) -> IService:
        return SocketFace(door, settings.socket, reactor)

    return NodeService(settings, reactor, [socket_face])


# --- values -----------------------------------------------------------------


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name} = {value!r}: want text")
    return value


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{name} = {value!r}: want true or false")
    return value


def _address(name: str, value: object) -> tuple[str, int]:
    try:
        return split_host_port(_text(name, value))
    except UsageError as mistake:
        raise UsageError(f"--{name} {mistake}") from None


def _addresses(name: str, value: object) -> tuple[tuple[str, int], ...]:
    several = value if isinstance(value, list) else [value]
    return tuple(_address(name, one) for one in several)


def _path(name: str, value: object) -> Path:
    return Path(os.path.abspath(os.path.expanduser(_text(name, value))))


def _face(name: str, value: object) -> str:
    if value != "none":
        raise UsageError(
            f"--{name} {value}: the {name} face is not there yet; leave the option"
            " out or say none"
        )
    return "none"


PARSE: Mapping[str, Callable[[str, object], Any]] = {
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

FIELDS = {"seed": "seeds"}
"""Settings whose options have another name."""
