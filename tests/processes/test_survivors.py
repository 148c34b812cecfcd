"""Equal nodes: any may go, the first one too, and the others go on."""

from collections.abc import Callable

import pytest

from tests.processes.lab import Lab, Node

pytestmark = pytest.mark.processes


def leave(node: Node) -> None:
    assert node.command_line("leave").status == 0
    assert node.ended() == 0


@pytest.mark.parametrize(
    ("go", "status"), [(leave, "left"), (Node.kill, "dead")], ids=["leaves", "dies"]
)
def test_the_others_go_on_when_the_seed(
    lab: Lab, go: Callable[[Node], None], status: str
) -> None:
    """And a newcomer joins by any survivor, and learns what the seed said."""
    seed, ben, cleo = lab.cluster("seed", "ben", "cleo")
    seed.say("from the seed")
    lab.wait_for(
        lambda: ben.texts() == cleo.texts() == ["from the seed"], "the seed is heard"
    )
    go(seed)
    ben.say("and now?")
    lab.wait_for(lambda: "and now?" in cleo.texts(), "the others talk")
    lab.wait_for(
        lambda: ben.status_of("seed") == cleo.status_of("seed") == status,
        f"both list the seed as {status}",
        60,
    )
    newcomers = [lab.begin(f"by-{by.name}", seeds=[by]) for by in (ben, cleo)]
    for newcomer in newcomers:
        newcomer.wait_until_up()
    lab.wait_for_all_alive([ben, cleo, *newcomers])
    history = ["from the seed", "and now?"]
    lab.wait_for_each(
        newcomers, lambda node: node.texts() == history, "newcomers have the history"
    )


def chain(lab: Lab) -> list[Node]:
    """Five nodes that each know only the one before."""
    nodes: list[Node] = []
    for name in ("a", "b", "c", "d", "e"):
        nodes.append(lab.start(name, seeds=nodes[-1:]))
    return nodes


def test_a_chain_of_five_becomes_a_cluster_of_five(lab: Lab) -> None:
    """Who joins by one member learns of all, and all learn of it."""
    lab.wait_for_all_alive(chain(lab))


def test_a_chain_whose_middle_dies_still_talks_at_once(lab: Lab) -> None:
    """Without anyone's doing, long before the death has been agreed on."""
    nodes = chain(lab)
    lab.wait_for_all_alive(nodes)
    middle = nodes.pop(2)
    watching = [node.follow("tail", "lobby", "--since", "0") for node in nodes]
    middle.kill()
    said = {f"{node.name} is here" for node in nodes}
    for node in nodes:
        node.say(f"{node.name} is here")
    lab.wait_for_each(
        watching, lambda seen: set(seen.texts) == said, "all four have heard all four"
    )
    assert all(len(watcher.texts) == len(said) for watcher in watching)
    lab.wait_for_each(
        nodes, lambda node: node.status_of("c") == "dead", "all list it as dead", 60
    )


def test_a_seed_that_starts_late_is_found(lab: Lab) -> None:
    """An unreachable seed is tried for ever, and the node says that it tries."""
    late = lab.start("late")
    address = late.address
    late.kill()
    early = lab.start("early", "--seed", address)
    lab.wait_for(lambda: address in early.said().partition("up:")[2], "it says so")
    late.restart()
    lab.wait_for_all_alive([early, late])
