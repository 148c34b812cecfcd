"""
The options of a node as they are typed, each with the sentence that `--help` prints.
"""

from twisted.python import usage

from gossipchat import __version__
from gossipchat.errors import Refused, UsageError
from gossipchat.faces.socket.client import default_data
from gossipchat.node.settings import NodeSettings
from gossipchat.options.merging import settings_of
from gossipchat.options.values import READERS


class UnfitFile(usage.UsageError, Refused):
    """What was typed is right, what the file of ``--config`` says is not."""


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

    def parseArgs(self, *rest: str) -> None:
        """What is no option has no meaning here. Raises twisted's UsageError."""
        if rest:
            raise usage.UsageError(
                f"{' '.join(rest)}: no option asks for that; a value stands right"
                " behind its option, as in --seed HOST:PORT"
            )

    def postOptions(self) -> None:
        """
        Check everything. Raises twisted's UsageError, with our sentence; UnfitFile
        when the file is to blame.
        """
        given, tags, config = self._given(), self._tags, self["config"]
        try:
            self.settings = settings_of(given, tags, None)
        except UsageError as mistake:
            raise usage.UsageError(str(mistake)) from None
        if not config:
            return
        try:
            self.settings = settings_of(given, tags, config)
        except UsageError as mistake:
            where = f"--config {config}"
            what = str(mistake).removeprefix(where).lstrip(": ")
            raise UnfitFile(f"{where}: {what}") from None

    def _given(self) -> dict[str, object]:
        """What was typed, by the names that the file has, too."""
        typed = {
            name: self[name] for name in READERS if isinstance(self.get(name), str)
        }
        if self._seeds:
            typed["seed"] = self._seeds
        if self["open"]:
            typed["open"] = True
        return typed
