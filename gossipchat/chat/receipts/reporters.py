"""
Whose word counts: the members that tell an author how far they have its feed.

Above 64 members only the 64 lowest in hash(author, member) tell, and are counted; both
sides come to the same by themselves.
"""

from collections.abc import Container
from dataclasses import dataclass
from hashlib import sha256

from gossipchat.chat.events import MemberNamed, Receipt
from gossipchat.names import AuthorKey, NodeName

MAX_REPORTERS = 64
MAX_COUNTED = 256
"""Authors of whom it is remembered who is counted: a thousand hashes each time."""


@dataclass(slots=True)
class Node:
    """A tagged member."""

    name: NodeName
    reachable: bool


class Reporters:
    """The tagged members, this node among them, and who of them counts for whom."""

    def __init__(self, me: AuthorKey, name: NodeName) -> None:
        self.me = me
        self._nodes: dict[AuthorKey, Node] = {me: Node(name, True)}
        self._counted: dict[AuthorKey, list[AuthorKey]] = {}
        """As long as no member comes or goes."""

    def __contains__(self, key: AuthorKey) -> bool:
        return key in self._nodes

    def member(self, member: MemberNamed) -> None:
        """*member* is there, has left, or is otherwise than before."""
        if member.key == self.me:
            return
        if member.left == (member.key in self._nodes):
            self._counted.clear()
        if member.left:
            self._nodes.pop(member.key, None)
        else:
            self._nodes[member.key] = Node(member.name, member.reachable)

    def forget(self, name: NodeName) -> list[AuthorKey]:
        """Whoever has *name* counts no more; returns their keys."""
        named = [key for key, node in self._nodes.items() if node.name == name]
        gone = [key for key in named if key != self.me]
        for key in gone:
            del self._nodes[key]
            self._counted.clear()
        return gone

    def counted(self, author: AuthorKey) -> list[AuthorKey]:
        """Who tells *author*, and the author itself if it is a member."""
        counted = self._counted.get(author)
        if counted is None:
            if len(self._counted) >= MAX_COUNTED:
                self._counted.clear()
            counted = self._counted[author] = self._chosen(author)
        return counted

    def _chosen(self, author: AuthorKey) -> list[AuthorKey]:
        others = [key for key in self._nodes if key != author]
        if len(others) > MAX_REPORTERS:
            others.sort(key=lambda key: sha256(author + key).digest())
            others = others[:MAX_REPORTERS]
        return [author, *others] if author in self._nodes else others

    def silent(self, author: AuthorKey, heard: Container[AuthorKey]) -> list[AuthorKey]:
        """Who could tell of what *author* said, and is not among those *heard*."""
        return [
            key
            for key in self.counted(author)
            if key not in heard and self._nodes[key].reachable
        ]

    def receipt(self, author: AuthorKey, have: Container[AuthorKey]) -> Receipt:
        """How far a message of *author* got, if it is on the disks of *have*."""
        counted = self.counted(author)
        names = tuple(self._nodes[key].name for key in counted if key in have)
        return Receipt(names, len(counted), len(self._nodes))
