"""
The four questions that the authors of the old chat left open, turned round.

Theirs was a chain of peers: each knew who it had joined by, and passed messages on.
"""

from collections import Counter
from collections.abc import Callable

import pytest

from gossipchat.faces.socket.client import Client
from tests.processes.lab import Lab, Node

pytestmark = pytest.mark.processes


def leave(node: Node) -> None:
    assert node.command_line("leave").status == 0
    assert node.ended() == 0


def chain(lab: Lab) -> list[Node]:
    """Five nodes that were each told only of the one before; all see all."""
    nodes: list[Node] = []
    for name in "abcde":
        nodes.append(lab.start(name, seeds=nodes[-1:]))
    lab.wait_for_all_alive(nodes)
    return nodes


def linked(node: Node) -> int:
    return int(node.ask("status")[0]["links"])


@pytest.mark.parametrize(
    ("go", "status"), [(leave, "left"), (Node.kill, "dead")], ids=["leaves", "dies"]
)
def test_when_the_first_node_quits_all_others_stay_one_network(
    lab: Lab, go: Callable[[Node], None], status: str
) -> None:
    """And a newcomer joins by any of them, and learns what the first one said."""
    first, ben, cleo = lab.cluster("first", "ben", "cleo")
    first.say("from the first")
    lab.wait_for(
        lambda: ben.texts() == cleo.texts() == ["from the first"], "the first is heard"
    )
    go(first)
    ben.say("and now?")
    lab.wait_for(lambda: "and now?" in cleo.texts(), "the others talk")
    lab.wait_for(
        lambda: ben.status_of("first") == cleo.status_of("first") == status,
        f"both list the first as {status}",
        60,
    )
    newcomer = lab.start("newcomer", seeds=[cleo])
    lab.wait_for_all_alive([ben, cleo, newcomer])
    history = ["from the first", "and now?"]
    lab.wait_for(lambda: newcomer.texts() == history, "the newcomer has the history")


def test_in_a_chain_whose_middle_is_killed_both_ends_talk_on(lab: Lab) -> None:
    """What A sent the instant before reaches D and E, long before C is called dead."""
    nodes = chain(lab)
    a, b, c, d, e = nodes
    rest = [a, b, d, e]
    watching = [node.follow("tail", "lobby", "--since", "0") for node in rest]
    with a.socket() as ours:
        number = ours.send("say", room="lobby", text="the last that c saw")
        c.kill()
        lab.wait_for(
            lambda: any(answer.get("id") == number for answer in ours.received()),
            "a's message is on a's disk",
        )
    said = {"the last that c saw", "a to e", "e to a"}
    a.say("a to e")
    e.say("e to a")
    lab.wait_for_each(
        watching, lambda seen: set(seen.texts) == said, "all four have heard both ends"
    )
    assert all(len(watcher.texts) == len(said) for watcher in watching)
    lab.wait_for_each(
        rest, lambda node: node.status_of("c") == "dead", "all list c as dead", 60
    )


def test_with_links_to_several_nothing_is_shown_twice_and_nothing_circles(
    lab: Lab,
) -> None:
    """
    More nodes than all link with all, so lines are relayed. Copies do arrive: they are
    known by their place, counted and go no further.
    """
    nodes = lab.cluster("ann", "ben", "cleo", "dan", "eve", "fay")
    lab.wait_for_each(nodes, lambda node: linked(node) >= 2, "all have several links")
    watching = [node.follow("tail", "lobby", "--since", "0") for node in nodes]
    said = [f"{node.name} {line}" for line in range(10) for node in nodes]
    doors = [node.socket() for node in nodes]
    for line in range(10):
        for node, door in zip(nodes, doors, strict=True):
            door.ask("say", room="lobby", text=f"{node.name} {line}")
    lab.wait_for_each(
        watching, lambda seen: len(seen.rows) >= len(said), "everyone has heard all"
    )
    wait_until_quiet(lab, doors)
    for watcher, node in zip(watching, nodes, strict=True):
        assert Counter(watcher.texts) == Counter(said)
        assert len(set(node.ids())) == len(said)
    assert len({tuple(node.ids()) for node in nodes}) == 1, "all tell the same"
    taken = sum(counted(node)["runs.taken"] for node in nodes)
    again = sum(counted(node)["runs.duplicate"] for node in nodes)
    # counted after what has come of it: so nothing has come that was not sent
    sent = sum(map(runs_sent, doors))
    for door in doors:
        door.close()
    lab.note("copies that were not needed, for each that was", again / taken)
    # were everyone linked to everyone, each link would carry a message once each way
    ways = len(nodes) * (len(nodes) - 1)
    assert again + taken <= sent <= ways * (len(said) + len(nodes))


def counted(node: Node) -> Counter[str]:
    """What this node has counted since its start."""
    return Counter(node.ask("status")[0]["counts"])


def runs_sent(door: Client) -> int:
    """How many runs the node has sent since its start."""
    return int(door.ask("status")["counts"].get("runs.sent", 0))


def wait_until_quiet(lab: Lab, doors: list[Client]) -> None:
    """Until no run is on its way any more."""
    last: list[int] = []

    def nothing_moves() -> bool:
        last.append(sum(map(runs_sent, doors)))
        return len(last) > 3 and len(set(last[-4:])) == 1

    lab.wait_for(nothing_moves, "nothing circles")


def test_the_neighbours_of_a_dead_node_find_each_other_by_themselves(lab: Lab) -> None:
    """B and D were told of A and C alone; all three others die, and one restarts."""
    a, b, c, d, e = chain(lab)
    for node in (a, c, e):
        node.kill()
    b.say("is anybody there?")
    lab.wait_for(lambda: d.texts() == ["is anybody there?"], "d hears b")
    d.kill()
    d.restart()
    d.say("I am")
    lab.wait_for(lambda: "I am" in b.texts(), "b hears d, whose seed is dead")
