"""What the commands print, and how they end."""

import json
import re
import stat
import sys
from pathlib import Path

import pytest

from gossipchat.errors import Refused, StoreError
from gossipchat.swim.events import Status
from gossipchat.testing import FakeNode
from tests.cli.builders import run, start
from tests.shell.faces.conftest import Served

AN_ID = f"{'0' * 64}/1/1"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def data(served: Served) -> tuple[str, str]:
    return "--data", str(served.home)


async def test_say_prints_the_id_once_it_is_said(served: Served) -> None:
    """With or without --json: one object with the id and its parts."""
    for as_json in ((), ("--json",)):
        said = await run("say", "lobby", "hello", "there", *as_json, *data(served))
        (row,) = said.rows
        assert list(row) == ["id", "author", "epoch", "seq"]
        assert row["id"] == f"{row['author']}/{row['epoch']}/{row['seq']}"
        assert (said.status, said.errors) == (0, b"")
    assert [line.text for line in served.node.kept] == ["hello there"] * 2


async def test_nick_and_token_get_there(served: Served) -> None:
    """Said once, by zoe."""
    words = ("me", "#lobby", "waves", "--nick", "zoe", "--token", "t", *data(served))
    assert (await run(*words)).rows == (await run(*words)).rows
    (line,) = served.node.kept
    assert (line.nick, line.kind) == ("zoe", "emote")


async def test_tail_prints_lines_for_people(served: Served) -> None:
    """Time, room when there may be several, nick, text; what came late is marked."""
    node = served.node
    node.hear("lobby", "bob", "hello")
    node.hear("lobby", "bob", "waves", kind="emote", late=True)
    node.hear("lobby", "bob", "", kind="open")
    node.hear("lobby", "bob", "news", kind="topic")
    node.hear("lobby", "bob", "two\nlines \x1b[2J")
    tail = await run("tail", "lobby", *data(served))
    assert tail.lines == [
        "2023-11-14 22:13 <bob> hello",
        "2023-11-14 22:13 * bob waves (late)",
        "2023-11-14 22:13 -- bob set the topic: news",
        "2023-11-14 22:13 <bob> two",
        "        lines \\x1b[2J",
    ]
    everywhere = await run("tail", *data(served))
    assert everywhere.lines[0] == "2023-11-14 22:13 #lobby <bob> hello"


async def test_a_line_has_the_promised_fields(served: Served) -> None:
    """tail and history print the same objects."""
    served.node.hear("lobby", "bob", "grüße 🌍")
    tail = await run("tail", "--json", *data(served))
    history = await run("history", "lobby", "--json", *data(served))
    (row,) = tail.rows
    assert history.rows == [row]
    fields = "n id author epoch seq room nick kind text time arrived late"
    assert set(row) == set(fields.split())
    assert row["text"] == "grüße 🌍" and "grüße" in tail.lines[0]
    assert ISO.fullmatch(row["time"]) and ISO.fullmatch(row["arrived"])
    assert isinstance(row["epoch"], str) and isinstance(row["seq"], int)


async def test_tail_since_and_history_before(served: Served) -> None:
    """By arrival, and by page."""
    for number in range(5):
        served.node.hear("lobby", "bob", f"{number}")
    tail = await run("tail", "--since", "3", "--json", *data(served))
    assert [row["text"] for row in tail.rows] == ["3", "4"]
    before = str(served.node.kept[3].id)
    page = await run(
        *("history", "lobby", "--before", before, "--limit", "2", "--json"),
        *data(served),
    )
    assert [row["text"] for row in page.rows] == ["1", "2"]


async def test_members_are_a_table_for_people(served: Served) -> None:
    """Aligned; the tag that carries our identity is nothing for people."""
    served.node.change(FakeNode.member("bartholomew", role="web", gc="secret"))
    members = await run("members", *data(served))
    assert members.lines == [
        "NAME         STATUS  ADDRESS         RTT      TAGS",
        "alice        alive   127.0.0.1:1534  12.5 ms",
        "bartholomew  alive   127.0.0.1:2212  12.5 ms  role=web",
    ]
    as_json = await run("members", "--json", *data(served))
    fields = "name id address status incarnation rtt_ms tags"
    assert all(set(row) == set(fields.split()) for row in as_json.rows)


async def test_members_follow_tells_changes(served: Served) -> None:
    """First all, then one line a change, at once."""
    follower = start("members", "--follow", "--json", *data(served))
    await follower.until(lambda: len(follower.lines) == 1)
    served.node.change(FakeNode.member("bob"))
    await follower.until(lambda: len(follower.lines) == 2)
    served.node.change(FakeNode.member("bob", Status.DEAD))
    await follower.until(lambda: len(follower.lines) == 3)
    assert [row["status"] for row in follower.rows] == ["alive", "alive", "dead"]
    assert ["time" in row for row in follower.rows] == [False, True, True]
    follower.transport.signalProcess("INT")
    assert await follower.ended == 130
    assert follower.errors == b""


async def test_rooms_and_status_print_what_is_promised(served: Served) -> None:
    """Fields for scripts, lines for people."""
    served.node.hear("lobby", "bob", "news", kind="topic")
    rooms = await run("rooms", "--json", *data(served))
    assert [set(row) for row in rooms.rows] == [{"room", "users", "topic", "last"}]
    status = await run("status", "--json", *data(served))
    fields = "name id members whole cut links entries behind store warnings"
    assert set(status.rows[0]) == {*fields.split(), "uptime_s", "counts"}
    assert set(status.rows[0]["members"]) == {"alive", "suspect", "dead", "left"}
    assert set(status.rows[0]["store"]) == {"ok", "bytes"}
    for_people = await run("status", *data(served))
    assert for_people.lines[0].startswith("alice is up")
    assert (await run("rooms", *data(served))).lines[1].startswith("#lobby  1")


async def test_an_empty_topic_is_none(served: Served) -> None:
    """As in IRC; there is no other way to be rid of one."""
    served.node.hear("lobby", "bob", "news", kind="topic")
    assert (await run("topic", "lobby", "", *data(served))).status == 0
    (room,) = (await run("rooms", "--json", *data(served))).rows
    assert room["topic"] == ""
    shown = await run("history", "lobby", *data(served))
    assert shown.lines[-1].endswith("-- alice removed the topic")


async def test_leave_and_forget_do_it(served: Served) -> None:
    """And say so in one line."""
    served.node.change(FakeNode.member("bob", Status.DEAD))
    assert (await run("forget", "bob", *data(served))).lines == ["bob is forgotten"]
    assert (await run("leave", *data(served))).lines == ["alice has left"]
    assert served.node.left


async def test_a_refusal_ends_with_1_and_one_line(served: Served) -> None:
    """The node's sentence."""
    served.node.fail = Refused("too fast: wait a second")
    said = await run("say", "lobby", "x", *data(served))
    assert said.status == 1
    assert said.complaint == "gossipchat: too fast: wait a second"
    served.node.fail = StoreError("the disk is full")
    assert (await run("say", "lobby", "x", *data(served))).status == 1
    assert (await run("forget", "alice", *data(served))).status == 1


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["tail", "--nonsense"],
        ["tail", "--since", "x"],
        ["tail", "--since", "-1"],
        ["tail", "a", "b"],
        ["say"],
        ["say", "lobby"],
        ["say", "lobby", "-", "--token", "t"],
        ["say", "a b", "x"],
        ["history"],
        ["history", "lobby", "--before", "x"],
        ["history", "lobby", "--limit", "0"],
        ["forget"],
        ["keys"],
        ["status", "--data", ""],
        ["keys", "use"],
        ["keys", "list", "x"],
        ["keys", "nonsense"],
        ["tags", "set", "x"],
        ["tags", "remove"],
        ["query"],
        ["query", "x", "--timeout", "0"],
        ["keygen", "x"],
    ],
    ids=" ".join,
)
async def test_wrong_usage_ends_with_2_and_one_line(
    served: Served, words: list[str]
) -> None:
    """On standard error; nothing is said."""
    wrong = await run(words[0], *data(served), *words[1:])
    assert (wrong.status, wrong.output) == (2, b"")
    assert wrong.complaint
    assert not served.node.kept


async def test_users_are_listed_with_what_is_promised(served: Served) -> None:
    """Fields for scripts, lines for people."""
    served.node.meet("bob", "b", "garden", away="tea")
    users = await run("users", "--json", *data(served))
    fields = "nick node rooms away reachable id account"
    assert [set(row) for row in users.rows] == [set(fields.split())]
    listed = await run("users", *data(served))
    assert listed.lines[1].split() == ["bob", "b", "#garden", "away:", "tea"]


async def test_a_receipt_names_who_has_it(served: Served) -> None:
    """And how many could."""
    receipt = await run("receipt", AN_ID, "--json", *data(served))
    assert receipt.rows == [{"have": ["alice"], "of": 1, "members": 1}]
    shown = await run("receipt", AN_ID, *data(served))
    assert shown.lines == ["1/1: alice"]


@pytest.mark.parametrize("words", [["status"], ["tail"], ["say", "lobby", "x"]])
async def test_without_a_node_it_says_how_to_start_one(
    tmp_path: Path, words: list[str]
) -> None:
    """Exit status 1: `status` is a health check."""
    none = await run(*words, "--data", str(tmp_path))
    assert none.status == 1
    assert f"gossipchat node --data {tmp_path}" in none.complaint


async def test_a_relative_folder_counts_from_here(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like any path on a command line."""
    monkeypatch.chdir(served.home.parent)
    assert (await run("status", "--data", served.home.name)).status == 0


async def test_version_needs_no_node() -> None:
    """One line, with a number."""
    version = await run("version")
    assert re.fullmatch(r"gossipchat \d+\.\d+\.\d+", version.lines[0])
    assert list((await run("version", "--json")).rows[0]) == ["gossipchat"]


async def test_without_a_command_there_is_help() -> None:
    """On standard error, with status 2: nothing was done."""
    nothing = await run()
    assert (nothing.status, nothing.output) == (2, b"")
    assert b"members" in nothing.errors
    assert (await run("--help")).status == 0
    assert b"--since" in (await run("tail", "--help")).output


async def test_keygen_prints_or_writes_a_key(tmp_path: Path) -> None:
    """32 bytes; a key that is there is never overwritten."""
    printed = await run("keygen")
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", printed.lines[0])
    (row,) = (await run("keygen", "--json")).rows
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", row["key"])
    folder = tmp_path / "new"
    assert (await run("keygen", "--write", "--data", str(folder))).status == 0
    ring = folder / "keyring.json"
    (key,) = json.loads(ring.read_text(encoding="ascii"))
    assert len(key) == 44 and key != printed.lines[0]
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    again = await run("keygen", "--write", "--data", str(folder))
    assert again.status == 1
    assert str(ring) in again.complaint
    assert json.loads(ring.read_text(encoding="ascii")) == [key]


async def test_keygen_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A sentence, no traceback."""
    (tmp_path / "file").write_text("in the way", encoding="ascii")
    below = await run("keygen", "--write", "--data", str(tmp_path / "file" / "data"))
    assert below.status == 1
    assert "keyring.json" in below.complaint


async def test_node_takes_the_options_of_twistd() -> None:
    """Its help is theirs; a wrong one is one line and status 2, as everywhere."""
    assert b"--advertise" in (await run("node", "--help")).output
    for words in (["--nonsense"], ["--listen", "nonsense"], ["surplus"]):
        wrong = await run("node", *words)
        assert wrong.status == 2
        assert "gossipchat node --help" in wrong.complaint


async def test_a_file_that_is_wrong_is_a_start_that_fails(tmp_path: Path) -> None:
    """What was typed was right: status 1, and the file is named."""
    file = tmp_path / "node.toml"
    for text in ("listen = ", 'listen = "nonsense"', "nonsense = 1"):
        file.write_text(text, encoding="utf-8")
        refused = await run("node", "--config", str(file))
        assert refused.status == 1
        assert f"--config {file}" in refused.complaint


IMPORTS = """
import atexit, sys
from gossipchat.cli.main import main
heavy = ("twisted", "cryptography", "msgpack", "asyncio")
atexit.register(lambda: print([m for m in sys.modules if m in heavy]))
main()
"""


async def test_the_command_imports_no_twisted(served: Served) -> None:
    """Scripts poll it: a reactor would cost more than all the rest."""
    program = (sys.executable, "-c", IMPORTS)
    asked = start("status", *data(served), program=program)
    assert await asked.ended == 0
    assert asked.lines[-1] == "[]"


async def test_the_time_a_command_takes_is_printed(
    served: Served, request: pytest.FixtureRequest
) -> None:
    """0.3 s is promised; machines differ, so it is told and not asserted."""
    script = (
        "import subprocess, sys, time; began = time.monotonic();"
        " subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        " print(f'{time.monotonic() - began:.2f}')"
    )
    words = (sys.executable, "-m", "gossipchat.cli", "status", *data(served))
    timed = start(*words, program=(sys.executable, "-c", script))
    assert await timed.ended == 0
    figure = f"gossipchat status: {timed.lines[0]} s"
    request.node.user_properties.append(("figure", figure))
