"""Three nodes talk: the main job, from the last start on."""

from collections import Counter

import pytest

from tests.processes.lab import FOREGROUND, NO_FACES, Lab, Node

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("three")]


@pytest.fixture(scope="module")
def three(shared: Lab) -> list[Node]:
    """Three that see each other; each test has a room of its own."""
    return shared.cluster("anna", "ben", "cleo")


def test_a_node_starts_as_gossipchat_node_too(lab: Lab) -> None:
    """`gossipchat node` is `twistd -n --pidfile= gossipchat`."""

    class ByName(Node):
        """A node that is started by the other command."""

        def command(self) -> tuple[str, ...]:
            return ("gossipchat", "node", *super().command()[len(FOREGROUND) :])

    anna = ByName(lab, "anna", NO_FACES)
    anna.begin()
    anna.wait_until_up()
    assert anna.status_of("anna") == "alive"


def test_a_line_said_on_any_is_shown_on_all_once(three: list[Node]) -> None:
    """Each face that watches shows each line exactly once."""
    watching = [node.follow("tail", "once", "--since", "0") for node in three]
    for node in three:
        node.say(f"hello from {node.name}", "once")
    for node in three:  # whatever came twice has come before these
        node.say(f"bye from {node.name}", "once")
    said = {f"{word} from {node.name}" for word in ("hello", "bye") for node in three}
    three[0].lab.wait_for_each(
        watching, lambda seen: set(seen.texts) >= said, "all is shown"
    )
    for watcher in watching:
        assert Counter(watcher.texts) == Counter(said)


def test_ok_said_twice_is_shown_twice(three: list[Node]) -> None:
    """Two equal texts are two messages, with two ids."""
    anna, ben, _ = three
    watcher = ben.follow("tail", "twice", "--since", "0")
    first, second = anna.say("ok", "twice"), anna.say("ok", "twice")
    assert first != second
    anna.say("end", "twice")
    anna.lab.wait_for(lambda: "end" in watcher.texts, "the end is shown")
    assert watcher.texts == ["ok", "ok", "end"]
    assert [row["id"] for row in watcher.rows][:2] == [first, second]


def test_all_show_a_room_in_the_same_order(three: list[Node]) -> None:
    """Nodes that have converged agree on the history, whoever spoke when."""
    for number in range(4):
        for node in three:
            node.say(f"{node.name} {number}", "order")
    three[0].lab.wait_for_each(
        three, lambda node: len(node.ids("order")) == 12, "12 lines everywhere"
    )
    first, *others = (node.ids("order") for node in three)
    assert all(ids == first for ids in others)


def test_rooms_keep_their_lines_apart(three: list[Node]) -> None:
    """`lobby` and `#lobby` are one room, `garden` is another."""
    anna, ben, _ = three
    lab = anna.lab
    anna.say("in here", "#lobby")
    anna.say("out there", "garden")
    lab.wait_for(lambda: ben.texts("garden") == ["out there"], "the garden's line")
    lab.wait_for(lambda: ben.texts("lobby") == ["in here"], "the lobby's line")
    assert {row["room"] for row in ben.ask("rooms")} >= {"#lobby", "#garden"}
