"""
The sub-commands that need no node: they run one, talk through one, make its key.
"""

import base64
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import click

from gossipchat import __version__
from gossipchat.cli.group import data_option, gossipchat, json_option
from gossipchat.cli.output import Object, put, put_json
from gossipchat.errors import Refused, UsageError

KEY_BYTES = 32

passing_on = {"ignore_unknown_options": True}


@gossipchat.command(
    "node",
    context_settings={**passing_on, "help_option_names": []},
    add_help_option=False,
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def node(options: tuple[str, ...]) -> None:
    """Run a node; `gossipchat node --help` lists its options.

    The same as `twistd -n --pidfile= gossipchat [options]`.
    """
    from twisted.python import usage
    from twisted.scripts import twistd

    config = twistd.ServerOptions()  # type: ignore[attr-defined,no-untyped-call]
    try:
        config.parseOptions(["-n", "--pidfile=", "gossipchat", *options])
    except usage.UsageError as mistake:
        if isinstance(mistake, Refused):  # what was typed is right
            raise Refused(str(mistake)) from None
        raise UsageError(f"{mistake}; see `gossipchat node --help`") from None
    twistd.runApp(config)


@gossipchat.command("chat", context_settings=passing_on)
@data_option
@click.argument(
    "options", nargs=-1, type=click.UNPROCESSED, metavar="[NODE OPTIONS]..."
)
def chat(data: Path, options: tuple[str, ...]) -> None:
    """Talk, in this terminal.

    Talks through the node that runs on --data DIR; if there is none, one is started
    with the NODE OPTIONS (`gossipchat node --help`), for as long as you talk.
    """
    program = (sys.executable, "-P", "-m", "gossipchat.terminal")
    # the terminal lets Ctrl-C in when it can deal with it
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.execv(sys.executable, (*program, str(data), *options))  # noqa: S606


@gossipchat.command("keygen")
@data_option
@json_option
@click.option("--write", is_flag=True, help="Make DIR/keyring.json of it.")
def keygen(data: Path, as_json: bool, write: bool) -> None:
    """Print a new cluster key, one line of base64."""
    key = base64.b64encode(os.urandom(KEY_BYTES)).decode("ascii")
    if not write:
        _show({"key": key}, key, as_json)
        return
    path = data / "keyring.json"
    try:
        with suppress(FileExistsError):  # what it is then, the next step tells
            data.mkdir(mode=0o700, parents=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="ascii") as file:
            file.write(json.dumps([key]) + "\n")
    except FileExistsError:
        raise Refused(
            f"{path} is there already, and without it you are locked out of its"
            " cluster; move it away first if you mean it"
        ) from None
    except OSError as problem:
        raise Refused(f"can't write {path}: {problem.strerror}") from None
    made = f"{path} is made; copy it to every node of the cluster"
    _show({"keyring": str(path)}, made, as_json)


@gossipchat.command("version")
@data_option
@json_option
def version(data: Path, as_json: bool) -> None:
    """Print the version of this command."""
    _show({"gossipchat": __version__}, f"gossipchat {__version__}", as_json)


def _show(item: Object, text: str, as_json: bool) -> None:
    if as_json:
        put_json(item)
    else:
        put(text)
