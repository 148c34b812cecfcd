"""Commands between pipes: lines as they come, and ends that come early."""

import pytest

from gossipchat.errors import Refused
from tests.cli.builders import run, start
from tests.shell.faces.conftest import Served


def data(served: Served) -> tuple[str, str]:
    return "--data", str(served.home)


async def test_say_from_a_pipe_says_each_line_as_it_comes(served: Served) -> None:
    """And prints its id before the next one is there."""
    saying = start("say", "lobby", "-", *data(served))
    for number in (1, 2, 3):
        saying.write(f"line {number}\n")
        await saying.until(lambda: len(saying.lines) == number)  # noqa: B023
    saying.transport.closeStdin()
    assert await saying.ended == 0
    assert [line.text for line in served.node.kept] == ["line 1", "line 2", "line 3"]
    assert [row["seq"] for row in saying.rows] == [1, 2, 3]


async def test_say_from_a_pipe_takes_many_lines_in_order(served: Served) -> None:
    """More than may be under way at once; empty ones say nothing; no end needed."""
    texts = [f"line {number}" for number in range(2000)]
    said = await run("say", "lobby", "-", *data(served), typed="\n\n".join(texts))
    assert said.status == 0
    assert [line.text for line in served.node.kept] == texts
    assert [row["seq"] for row in said.rows] == list(range(1, 2001))


async def test_a_refused_line_ends_say_with_its_number(served: Served) -> None:
    """What was said before has its id; nothing is read after it."""
    saying = start("say", "lobby", "-", *data(served))
    saying.write("one\n")
    await saying.until(lambda: len(saying.lines) == 1)
    served.node.fail = Refused("too fast")
    saying.write("two\n")
    assert await saying.ended == 1
    assert saying.complaint == "gossipchat: line 2 was not said: too fast"
    assert len(saying.rows) == 1


async def test_bytes_that_are_no_text_are_said_as_such(served: Served) -> None:
    """Nobody could read them; the line is said all the same."""
    saying = start("say", "lobby", "-", *data(served))
    saying.transport.write(b"gr\xfc\xdfe\n")
    saying.transport.closeStdin()
    assert await saying.ended == 0
    assert served.node.kept[0].text == "gr��e"


async def test_a_line_without_end_is_refused(served: Served) -> None:
    """Before it fills the memory."""
    saying = start("say", "lobby", "-", *data(served))
    saying.write("x" * 100_000)
    assert await saying.ended == 1
    assert "line 1 is too long" in saying.complaint


async def test_a_reader_that_is_gone_ends_a_follower_silently(served: Served) -> None:
    """Even when nothing is said any more: `tail -f | head -1` comes back."""
    follower = start("tail", "--since", "0", "--follow", *data(served))
    served.node.hear("lobby", "bob", "hello")
    await follower.until(lambda: len(follower.lines) == 1)
    follower.transport.closeStdout()
    assert await follower.ended == 0
    assert follower.errors == b""


@pytest.mark.parametrize(
    "words",
    [
        ["tail", "--since", "0"],
        ["history", "lobby"],
        ["members"],
        ["say", "lobby", "-"],
    ],
    ids=lambda words: words[0],
)
async def test_a_closed_pipe_ends_silently(served: Served, words: list[str]) -> None:
    """Whoever doesn't want to read on needs no telling."""
    for number in range(3000):
        served.node.hear("lobby", "bob", f"line {number}")
    command = start(*words, *data(served))
    command.transport.closeStdout()
    command.write("a line\n" * 100)
    command.transport.closeStdin()
    assert await command.ended == 0
    assert command.errors == b""


async def test_a_follower_that_is_interrupted_ends_with_130(served: Served) -> None:
    """Ctrl-C is how a follower ends: no traceback."""
    follower = start("tail", "--since", "0", "--follow", *data(served))
    served.node.hear("lobby", "bob", "hello")
    await follower.until(lambda: len(follower.lines) == 1)
    follower.transport.signalProcess("INT")
    assert await follower.ended == 130
    assert follower.errors == b""


async def test_followers_hear_every_line_once(served: Served) -> None:
    """From the store and live, while somebody talks; each line is flushed."""
    for number in range(300):
        served.node.hear("lobby", "bob", f"{number}")
    follower = start("tail", "lobby", "--since", "100", "-f", "--json", *data(served))
    said = run("say", "lobby", "-", *data(served), typed="x\n" * 1000)
    await said
    await follower.until(lambda: len(follower.lines) >= 1200)
    assert [row["n"] for row in follower.rows] == list(range(101, 1301))
    follower.transport.signalProcess("INT")
    await follower.ended


async def test_a_node_that_ends_ends_its_followers_with_a_sentence(
    served: Served,
) -> None:
    """Exit status 1, and what to do."""
    follower = start("tail", "--since", "0", "--follow", *data(served))
    served.node.hear("lobby", "bob", "hello")
    await follower.until(lambda: len(follower.lines) == 1)
    await served.face.stopService()
    assert await follower.ended == 1
    assert "has stopped" in follower.complaint
