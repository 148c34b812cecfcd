"""
A node in memory, for those who write faces.
"""

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from gossipchat.node.api import IChatNode, NodeStatus
from gossipchat.swim.events import Status
from gossipchat.testing.lines import FakeLines
from gossipchat.testing.members import FakeMembers
from gossipchat.testing.users import FakeUsers


@implementer(IChatNode)
class FakeNode(FakeLines, FakeMembers, FakeUsers):
    """
    A node in memory: alone, without disk or network, answering at once.

    Time stands at ``wall_ms`` until it is set. ``fail`` makes what is said next fail.
    """

    def __init__(self, name: str = "alice", nick: str = "alice") -> None:
        super().__init__(name, nick)
        self.faces: dict[str, str] = {"irc": "none", "web": "none"}
        self.left = False
        """Whether ``leave`` was called."""

    @property
    def watchers(self) -> int:
        """How many watch something; 0 when everybody has cleaned up."""
        chat = len(self._line_watchers) + len(self._member_watchers)
        return chat + len(self._event_watchers) + self.user_watchers

    def status(self) -> Deferred[NodeStatus]:
        """See ``IChatNode``."""
        by_status = dict.fromkeys(Status, 0)
        for member in self._members.values():
            by_status[member.status] += 1
        cut = [one.name for one in self.members() if one.status is Status.DEAD]
        status = NodeStatus(
            members=by_status,
            cut=tuple(cut),
            links=by_status[Status.ALIVE] - 1,
            entries=self._next_n - 1,
            behind={},
            store_ok=True,
            store_bytes=4096,
            warnings=(),
            uptime_s=1.5,
        )
        return succeed(status)

    def leave(self) -> Deferred[None]:
        """See ``IChatNode``; the process goes on."""
        self.left = True
        return succeed(None)
