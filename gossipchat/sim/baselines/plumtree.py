"""
Plumtree's idea at its smallest (Leitão, Pereira, Rodrigues, SRDS 2007).

A message floods over all links; a link that brought it twice is pruned, both ways; what
is left is a tree, and the next message takes each of its edges once.
"""

from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from gossipchat.sim.heap import Heap

Links = dict[int, dict[int, bool]]
"""Of each node its neighbours, and whether the link to each is eager."""


class Carried(NamedTuple):
    """What one message took."""

    payloads: int
    """Copies that travelled."""
    hops: int
    """Links to the node that is farthest."""
    seconds: float
    """Until the last node had it, at 2 ± 1 ms a hop."""


def overlay(chance: Random, nodes: int, degree: int) -> Links:
    """A connected random graph in which all have about *degree* neighbours."""
    links: Links = {node: {} for node in range(nodes)}
    for node in range(nodes):
        _link(links, node, (node + 1) % nodes)  # a ring holds it together
    free = [node for node in range(nodes) for _ in range(degree - 2)]
    chance.shuffle(free)
    for one, other in zip(free[::2], free[1::2], strict=False):
        _link(links, one, other)
    return links


def _link(links: Links, one: int, other: int) -> None:
    if one != other:
        links[one][other] = links[other][one] = True


def broadcast(links: Links, seed: int, source: int = 0, flood: bool = False) -> Carried:
    """One message from *source* to all; *flood*: no link is ever pruned."""
    heap, hops, payloads, last = Heap(seed), {source: 0}, [0], [0.0]

    def send_on(node: int, but: int | None) -> None:
        for other in _eager(links[node]):
            if other != but:
                payloads[0] += 1
                delay = 0.001 + heap.chance.random() * 0.002
                heap.after(delay, lambda other=other: arrive(other, node))  # type: ignore[misc]

    def arrive(node: int, sender: int) -> None:
        if node not in hops:
            hops[node], last[0] = hops[sender] + 1, heap.now
            links[node][sender] = links[sender][node] = True
            send_on(node, sender)
        elif not flood:
            links[node][sender] = links[sender][node] = False

    send_on(source, None)
    heap.run_until(60.0)
    if len(hops) < len(links):
        raise RuntimeError(f"{len(links) - len(hops)} nodes never got the message")
    return Carried(payloads[0], max(hops.values()), last[0])


def _eager(neighbours: Mapping[int, bool]) -> list[int]:
    return [node for node, eager in neighbours.items() if eager]
