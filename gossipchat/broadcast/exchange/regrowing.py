"""
Who brings what authors say when the link that did has ended.
"""

from collections.abc import Iterable

from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.broadcast.push.tree import Tree
from gossipchat.names import AuthorKey


def regrow(
    orphans: Iterable[AuthorKey], tree: Tree, neighbours: Neighbours
) -> list[Neighbour]:
    """
    Graft a neighbour for each of *orphans*; returns those that are to be told.

    One of those that were pruned for that author: it once brought by a way of its own
    what we had. Of these the one that is the parent for the fewest. It is no parent
    until it has brought something: so if we are mistaken the next note mends it.
    """
    burdens = tree.burdens()
    heirs: dict[Neighbour, None] = {}
    for author in orphans:
        able = [near for near in neighbours if author in near.branch.pruned]
        if able:
            heir = min(able, key=lambda near: burdens[near.link])
            burdens[heir.link] += 1
            tree.inherited(heir.link, heir.branch, author)
            heirs[heir] = None
    return list(heirs)
