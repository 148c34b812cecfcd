"""Lines that are about other lines, private ones, and a search."""

from collections.abc import Callable

from twisted.internet.defer import Deferred, fail

from gossipchat.errors import TooFast
from gossipchat.names import EntryId
from tests.cli.builders import run
from tests.shell.faces.conftest import Served

AN_ID = f"{'0' * 64}/1/1"


def data(served: Served) -> tuple[str, str]:
    return "--data", str(served.home)


async def test_people_see_the_newest_text_and_what_was_taken_back(
    served: Served,
) -> None:
    """An edit and a redaction show where the line stands."""
    one, two = (served.node.hear("lobby", "al", text) for text in ("helo", "oops"))
    for words in (["edit", str(one.id), "hello", "all"], ["redact", str(two.id)]):
        assert (await run(*words, *data(served))).status == 0
    history = await run("history", "lobby", *data(served))
    assert [line.partition(" ")[2].partition(" ")[2] for line in history.lines] == [
        "<al> hello all (edited)",
        "-- al took this back",
    ]


async def test_a_reaction_prints_the_id_that_takes_it_back(served: Served) -> None:
    """Like everything that is said."""
    line = served.node.hear("lobby", "al", "hello")
    (row,) = (await run("react", str(line.id), "+1", *data(served))).rows
    assert list(row) == ["id", "author", "epoch", "seq"]


async def test_what_is_not_here_is_refused(served: Served) -> None:
    """Exit status 1: it may come yet."""
    for words in (["react", AN_ID, "+"], ["edit", AN_ID, "x"], ["redact", AN_ID]):
        refused = await run(*words, *data(served))
        assert (refused.status, refused.output) == (1, b"")
        assert "not here" in refused.complaint


async def test_a_private_message_goes_to_a_user(served: Served) -> None:
    """It stands in the room @nick."""
    assert (await run("say", "@bob", "psst", *data(served))).status == 0
    (row,) = (await run("tail", "--json", *data(served))).rows
    assert (row["room"], row["kind"], row["text"]) == ("@bob", "private", "psst")


async def test_search_prints_lines(served: Served) -> None:
    """All words, in one room or in all."""
    served.node.hear("lobby", "al", "big bad wolf")
    served.node.hear("ops", "al", "wolf")
    found = await run("search", "bad", "wolf", "--json", *data(served))
    assert [row["text"] for row in found.rows] == ["big bad wolf"]
    found = await run("search", "wolf", "--room", "ops", "--json", *data(served))
    assert [row["room"] for row in found.rows] == ["#ops"]


async def test_many_lines_wait_for_a_node_that_takes_few(served: Served) -> None:
    """All are said, in their order, each once, however often they are refused."""
    say, asked = served.node.say, 0

    def reluctant(
        room: str, text: str, kind: str, nick: str | None, token: str | None
    ) -> Deferred[EntryId]:
        nonlocal asked
        asked += 1
        if asked % 3 == 0:
            return fail(TooFast("too fast", 0.01))
        return say(room, text, kind, nick, token)

    replacement: Callable[..., Deferred[EntryId]] = reluctant
    served.node.say = replacement  # type: ignore[method-assign]
    typed = "".join(f"line {number}\n" for number in range(40))
    said = await run("say", "lobby", "-", *data(served), typed=typed)
    assert (said.status, len(said.rows)) == (0, 40)
    texts = [line.text for line in served.node.kept]
    assert texts == [f"line {number}" for number in range(40)]
