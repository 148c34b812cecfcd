"""The commands that scripts rely on: names, exit statuses, one JSON object a line."""

import re
import signal

import pytest

from tests.processes.lab import TRACEBACK, Lab, Node

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("commands")]

AN_ID = f"{'0' * 64}/1/1"

EVERY_COMMAND = [
    *(["say", "lobby", "hello"], ["me", "lobby", "waves"], ["topic", "lobby", "news"]),
    *(["react", AN_ID, "+"], ["edit", AN_ID, "better"], ["redact", AN_ID]),
    *(["tail"], ["tail", "lobby"], ["tail", "lobby", "--since", "0"]),
    *(["history", "lobby"], ["history", "lobby", "--limit", "3", "--all"]),
    *(["search", "words"], ["search", "words", "--room", "lobby"]),
    *(["members"], ["rooms"], ["users"], ["status"], ["receipt", AN_ID]),
    *(["forget", "nobody"], ["keygen"], ["keys", "list"], ["rtt", "anna"]),
    *(["rtt", "anna", "anna"], ["tags", "set", "a=b"], ["tags", "remove", "a"]),
    *(["reachability"], ["event", "name"], ["event", "name", "payload"]),
    *(["query", "name"], ["query", "name", "--timeout", "1"], ["version"]),
    *(["say", "lobby", "x", "--nick", "zoe"], ["say", "lobby", "x", "--token", "t"]),
]


@pytest.fixture(scope="module")
def anna(shared: Lab) -> Node:
    """One node for all that only ask or speak; each test has a room of its own."""
    return shared.start("anna", "--nick", "annie", "--tag", "role=web")


def test_every_command_parses_and_ends_without_a_traceback(lab: Lab) -> None:
    """Done, or one sentence that says why not: never 2, never a traceback."""
    anna = lab.start("anna")
    for words in EVERY_COMMAND:
        ran = anna.asked(*words)
        assert ran.status in (0, 1), f"gossipchat {words}: {ran}"
        assert not TRACEBACK.search(ran.errors), f"gossipchat {words}: {ran}"
        if ran.status == 1:
            assert len(ran.errors.strip().splitlines()) == 1, f"{words}: {ran}"


@pytest.mark.parametrize(
    "words", [["nonsense"], ["members", "--nonsense"], ["say"], ["history"]]
)
def test_wrong_usage_ends_with_2(lab: Lab, words: list[str]) -> None:
    """And says so on standard error."""
    ran = lab.run("gossipchat", *words)
    assert ran.status == 2, ran
    assert ran.errors and not TRACEBACK.search(ran.errors)


def test_an_empty_nick_is_nobody(anna: Node) -> None:
    """A variable that is not set must not make a script speak as somebody else."""
    ran = anna.asked("say", "empty", "x", "--nick", "")
    assert (ran.status, ran.output) == (1, ""), ran
    assert "1 to 32 characters" in ran.errors


def test_status_tells_whether_the_node_is_up(lab: Lab) -> None:
    """1 before and after, 0 while it is up: scripts poll it."""
    anna = Node(lab, "anna", ("--irc", "none", "--web", "none"))
    assert anna.command_line("status").status == 1
    anna.begin()
    anna.wait_until_up()
    assert anna.command_line("status").status == 0
    anna.kill()
    assert anna.command_line("status").status == 1


def test_status_has_the_fields_that_scripts_read(lab: Lab) -> None:
    """A healthy pair is whole."""
    anna, _ben = lab.cluster("anna", "ben")
    anna.say("hello")
    lab.wait_for(lambda: anna.ask("status")[0]["whole"], "the pair is whole")
    (status,) = anna.ask("status")
    assert status["name"] == "anna"
    assert re.fullmatch("[0-9a-f]{64}", status["id"])
    assert status["members"] == {"alive": 2, "suspect": 0, "dead": 0, "left": 0}
    assert status["cut"] == []
    assert status["store"]["ok"] is True
    assert status["entries"] >= 1
    assert {"links", "behind", "warnings", "uptime_s", "counts"} <= set(status)
    assert {"bytes"} <= set(status["store"])


def test_a_line_has_the_fields_that_scripts_read(anna: Node) -> None:
    """tail and history print the same objects."""
    said = anna.ask("say", "fields", "hello")[0]
    (row,) = anna.ask("tail", "fields")
    assert anna.history("fields") == [row]
    assert (
        row["id"]
        == said["id"]
        == "/".join((row["author"], row["epoch"], str(row["seq"])))
    )
    assert (row["room"], row["nick"], row["kind"]) == ("#fields", "annie", "say")
    assert row["text"] == "hello"
    assert row["late"] is False
    iso = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(iso, row["time"]) and re.fullmatch(iso, row["arrived"])
    assert isinstance(row["n"], int) and isinstance(row["seq"], int)


def test_a_member_has_the_fields_that_scripts_read(anna: Node) -> None:
    """The node itself is listed too."""
    (row,) = anna.ask("members")
    assert row["name"] == "anna"
    assert row["address"] == anna.address
    assert row["status"] == "alive"
    assert row["tags"]["role"] == "web"
    assert {"id", "incarnation", "rtt_ms"} <= set(row)


def test_members_follow_tells_each_change(lab: Lab) -> None:
    """First all, then a line with its time whenever a status changes."""
    anna = lab.start("anna")
    follower = anna.follow("members")
    lab.wait_for(lambda: follower.rows, "it follows")
    ben = lab.start("ben", seeds=[anna])
    lab.wait_for_all_alive([anna, ben])
    assert ben.stop() == 0

    def seen() -> list[str]:
        return [row["status"] for row in follower.rows if row["name"] == "ben"]

    lab.wait_for(lambda: seen()[-1:] == ["left"], "the follower tells that ben left")
    assert seen()[0] == "alive"
    assert all("time" in row for row in follower.rows if row["name"] == "ben")


def test_the_same_token_says_it_once(anna: Node) -> None:
    """A script that isn't sure may ask again."""
    first = anna.ask("say", "tokens", "once", "--token", "t1")
    again = anna.ask("say", "tokens", "once", "--token", "t1")
    assert first == again
    assert anna.texts("tokens") == ["once"]


def test_who_speaks_too_fast_is_told(lab: Lab) -> None:
    """Refused with a sentence, never queued in secret; others may go on."""
    slow = lab.settings("[chat]\nsay_rate = 0.01\nsay_burst = 2\n")
    anna = lab.start("anna", *slow)
    anna.say("one")
    anna.say("two")
    ran = anna.command_line("say", "lobby", "three")
    assert ran.status == 1
    assert "too fast" in ran.last_line
    assert anna.command_line("say", "lobby", "mine", "--nick", "zoe").status == 0
    assert anna.texts() == ["one", "two", "mine"]


def test_tail_since_goes_by_arrival(anna: Node) -> None:
    """What did I miss: everything after n."""
    for number in range(3):
        anna.say(f"line {number}", "missed")
    first = anna.ask("tail", "missed", "--since", "0")[0]
    later = anna.ask("tail", "missed", "--since", str(first["n"]))
    assert [row["text"] for row in later] == ["line 1", "line 2"]


def test_history_comes_in_pages(anna: Node) -> None:
    """The last ones before an id, oldest first."""
    ids = [anna.say(f"line {number}", "pages") for number in range(5)]
    page = anna.ask("history", "pages", "--before", ids[3], "--limit", "2")
    assert [row["text"] for row in page] == ["line 1", "line 2"]


def test_a_closed_pipe_ends_silently(anna: Node) -> None:
    """`gossipchat tail | head -1` leaves no noise."""
    for number in range(3):
        anna.say(f"line {number}", "piped")
    line = f"gossipchat tail piped --data {anna.data} | head -1"
    ran = anna.lab.run("sh", "-c", line)
    assert ran.status == 0
    assert ran.errors == ""
    assert ran.output.count("\n") == 1


def test_version_is_one_line(lab: Lab) -> None:
    """And needs no node."""
    ran = lab.run("gossipchat", "version")
    assert ran.status == 0
    assert re.search(r"\d+\.\d+", ran.output) and ran.output.count("\n") == 1


def test_keygen_prints_32_bytes_and_writes_once(lab: Lab) -> None:
    """A keyring that is there is not overwritten; its mode is 0600."""
    ran = lab.run("gossipchat", "keygen")
    assert ran.status == 0
    assert len(ran.output.strip()) == 44
    words = ("gossipchat", "keygen", "--write", "--data", str(lab.home / "k"))
    assert lab.run(*words).status == 0
    ring = lab.home / "k" / "keyring.json"
    before = ring.read_bytes()
    assert ring.stat().st_mode & 0o777 == 0o600
    assert lab.run(*words).status == 1
    assert ring.read_bytes() == before


def test_the_folder_is_for_its_owner_only(anna: Node) -> None:
    """0700 for the folder, 0600 for sockets and keys."""
    assert anna.data.stat().st_mode & 0o777 == 0o700
    files = [path for path in anna.data.rglob("*") if not path.is_dir()]
    open_ones = [path.name for path in files if path.stat().st_mode & 0o077]
    assert open_ones == []


def test_ctrl_c_while_following_ends_with_130(anna: Node) -> None:
    """Without a traceback."""
    lab = anna.lab
    anna.say("hello", "followed")
    path = lab.home / "tail.log"
    with path.open("wb") as output:
        follower = lab.spawn(
            *("gossipchat", "tail", "followed", "--since", "0", "--follow", "--json"),
            *("--data", str(anna.data)),
            output=output,
        )
    lab.wait_for(lambda: b"hello" in path.read_bytes(), "the follower follows")
    follower.send_signal(signal.SIGINT)
    lab.wait_for(lambda: follower.poll() is not None, "the follower ended")
    assert follower.returncode == 130
