"""From the command line and a file to the settings of a node."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from twisted.python.usage import UsageError as WrongOption

from gossipchat.node.settings import NodeSettings
from gossipchat.options import Options


def parsed(*words: str) -> NodeSettings:
    """The settings that *words* give."""
    options = Options()
    options.parseOptions(list(words))  # type: ignore[no-untyped-call]
    return options.settings


def written(folder: Path, text: str) -> str:
    """A configuration file."""
    path = folder / "node.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_without_options_there_are_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node on loopback in the user's own folder, speaking as who is logged in."""
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    monkeypatch.setenv("LOGNAME", "al")
    settings = parsed()
    assert settings == NodeSettings(data=Path("/data/gossipchat"), nick="al")
    assert settings.listen == ("127.0.0.1", 7946)
    assert (settings.seeds, settings.profile) == ((), "lan")


def test_every_option_arrives(tmp_path: Path) -> None:
    """Long and short names, repeated ones all."""
    settings = parsed(
        *("--seed", "a:1", "-s", "[::1]:2", "-l", "0.0.0.0:0"),
        *("--advertise", "10.0.0.1:7", "--name", "anna", "--data", str(tmp_path)),
        *("--keyring", "/k.json", "--open", "--label", "blue", "--profile", "wan"),
        *("--tag", "role=web", "--tag", "k=a=b", "--nick", "al"),
        *("--irc", "none", "--web", "none"),
    )
    assert settings == NodeSettings(
        data=tmp_path,
        listen=("0.0.0.0", 0),  # noqa: S104
        advertise=("10.0.0.1", 7),
        name="anna",
        seeds=(("a", 1), ("::1", 2)),
        keyring=Path("/k.json"),
        open=True,
        label="blue",
        profile="wan",
        tags={"role": "web", "k": "a=b"},
        nick="al",
        irc="none",
        web="none",
    )


def test_paths_are_made_absolute_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon runs elsewhere than where it was started."""
    monkeypatch.chdir(tmp_path)
    settings = parsed("--data", "d", "--keyring", "../k.json")
    assert settings.data == tmp_path / "d"
    assert settings.keyring == tmp_path.parent / "k.json"


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("--nonsense",), "nonsense"),
        (("--seed", "nonsense"), "nonsense"),
        (("--seed", "host:99999"), "65535"),
        (("--seed", "::1:7946"), r"\[::1\]:7946"),
        (("--listen", "localhost"), "HOST:PORT"),
        (("--advertise", ":7"), "HOST:PORT"),
        (("--tag", "nonsense"), "KEY=VALUE"),
        (("--tag", "gc=x"), "gc"),
        (("--profile", "sluggish"), "lan, wan or local"),
        (("--name", ""), "1 to 128"),
        (("--name", "x" * 129), "1 to 128"),
        (("--name", "a\nb"), "no control character"),
        (("--name", "\udcff"), "no control character"),
        (("--label", "x" * 256), "255"),
        (("--label", "\udcff"), "text"),
        (("--nick", "a b"), "no space"),
        (("--nick", ""), "1 to 32"),
        (("--nick", "#bot"), "in front"),
        (("--data", ""), "--data is empty"),
        (("--data", "/" + "long/" * 20), "107"),
        (("--irc", "tcp:6667"), "irc face is not there yet"),
        (("--web", "tcp:8080"), "web face is not there yet"),
        (("--config", "/nonexistent"), "/nonexistent"),
        (("surplus",), "surplus: no option"),
    ],
)
def test_a_wrong_option_is_refused_with_a_sentence(
    words: tuple[str, ...], word: str
) -> None:
    """Through twistd's own way: its usage, then the sentence, and status 1."""
    with pytest.raises(WrongOption, match=word):
        parsed(*words)


def test_a_file_has_the_same_names(tmp_path: Path) -> None:
    """And every setting of the rooms, in tables; its paths count from where it is."""
    path = written(
        tmp_path,
        """
        seed = ["a:1", "b:2"]
        listen = "[::1]:0"
        data = "node"
        keyring = "k.json"
        open = true
        profile = "local"
        nick = "al"
        irc = "none"
        [tag]
        role = "web"
        [swim]
        indirect_checks = 5
        tcp_pings = false
        [chat]
        seal_interval = 1
        """,
    )
    settings = parsed("--config", path)
    assert settings.seeds == (("a", 1), ("b", 2))
    assert settings.listen == ("::1", 0)
    assert settings.data == tmp_path / "node"
    assert settings.keyring == tmp_path / "k.json"
    assert settings.open and settings.tags == {"role": "web"}
    swim = settings.of_room("swim")
    assert (swim.indirect_checks, swim.tcp_pings) == (5, False)
    assert swim.probe_timeout == type(swim).local().probe_timeout
    assert settings.of_room("chat").seal_interval == 1


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    """Option by option; tags one by one."""
    path = written(
        tmp_path,
        'nick = "al"\nname = "x"\nseed = "a:1"\n[tag]\nrole = "web"\nsite = "here"\n',
    )
    settings = parsed(
        *("--config", path, "--nick", "bo", "--seed", "b:2", "--tag", "role=db")
    )
    assert (settings.nick, settings.name) == ("bo", "x")
    assert settings.seeds == (("b", 2),)
    assert settings.tags == {"role": "db", "site": "here"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("nick = ", "TOML"),
        ("\xe4 = 1", "TOML"),
        ("sed = 'a:1'", "sed is no setting"),
        ("nick = 7", "nick = 7"),
        ("open = 'yes'", "true or false"),
        ("seed = [7]", "seed = 7"),
        ("swim = 7", r"\[swim\]"),
        ("tag = 'a=b'", r"\[tag\]"),
        ("[tag]\nrole = 7", "quotes"),
        ("[nonsense]\nx = 1", "nonsense"),
        ("[swim]\nprobe = 1", r"swim\.probe is no setting"),
        ("[swim]\nprobe_timeout = 'long'", r"swim\.probe_timeout"),
        ("[swim]\nprobe_timeout = true", r"swim\.probe_timeout"),
        ("[swim]\nindirect_checks = 1.5", r"swim\.indirect_checks"),
        ("[swim]\nprobe_timeout = -1", r"swim\.probe_timeout"),
        ("[chat]\nmax_text_bytes = 99999", r"chat\.max_text_bytes"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(
    tmp_path: Path, text: str, word: str
) -> None:
    """It names the setting, or the file."""
    with pytest.raises(WrongOption, match=word):
        parsed("--config", written(tmp_path, text))


def test_a_login_name_that_is_no_nick_is_made_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A start must not fail for how somebody is called."""
    monkeypatch.setenv("LOGNAME", "DOMAIN al" + "x" * 50)
    assert parsed().nick == "DOMAINal" + "x" * 24
    monkeypatch.setenv("LOGNAME", " ")
    assert parsed().nick == "user"


MAKING = """
import sys
import time
from twisted.application.service import IService
from twisted.internet import reactor
from gossipchat.options import Options, makeService
options = Options()
options.parseOptions(sys.argv[1:])
before = set(reactor.getReaders())
service = makeService(options)
assert IService.providedBy(service) and not service.running
assert set(reactor.getReaders()) == before
assert reactor.seconds() < time.time() / 2, "by a clock that can be set"
print("made")
"""


def making(*words: str) -> subprocess.CompletedProcess[str]:
    """makeService in a process of its own: a node there changes what a fork does."""
    line = [sys.executable, "-c", MAKING, *words]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_makeservice_opens_nothing(tmp_path: Path) -> None:
    """twistd forks after it: even a port that is taken is no matter yet."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        made = making("--data", str(tmp_path / "node"), "--listen", where)
    assert (made.stdout, made.stderr) == ("made\n", "")
    assert os.listdir(tmp_path) == []


def test_makeservice_refuses_a_node_that_would_be_open(tmp_path: Path) -> None:
    """One sentence with what to do, no usage around it, and status 1."""
    made = making("--data", str(tmp_path), "--listen", "0.0.0.0:0")
    assert (made.returncode, made.stdout) == (1, "")
    assert made.stderr.count("\n") == 1
    assert "keygen --write" in made.stderr and "--open" in made.stderr
