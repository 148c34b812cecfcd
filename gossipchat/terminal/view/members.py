"""
Which nodes are in the cluster, and what a person is told when that changes.
"""

from gossipchat.faces.socket.client.show import clock, plain
from gossipchat.terminal.asking import Message

ALIVE, SUSPECT, DEAD, LEFT = "alive", "suspect", "dead", "left"
NEWS = {DEAD: "is gone", LEFT: "has left"}


class Members:
    """
    The members, as the node tells them.

    Args:
        me: the name of the node, of whose own changes nothing is told.
    """

    def __init__(self, me: str) -> None:
        self._me = me
        self._status: dict[str, str] = {}
        self._told: dict[str, str] = {}

    def by_status(self) -> list[str]:
        """``-- alive: anna, ben``: a line for each status that somebody has."""
        return [
            f"-- {status}: {', '.join(map(plain, names))}"
            for status in (ALIVE, SUSPECT, DEAD, LEFT)
            if (names := sorted(self._with(status)))
        ]

    def is_reachable(self, name: str) -> bool:
        """Whether a member of that name is not known to be gone."""
        return self._status.get(name) in (ALIVE, SUSPECT)

    def heard(self, member: Message) -> list[str]:
        """What there is to tell about *member*."""
        name, status = member["name"], member["status"]
        self._status[name] = status
        told = self._told.get(name)
        if status in (SUSPECT, told):
            return []  # suspicions come and go
        self._told[name] = status
        if name == self._me or "time" not in member:
            return []
        news = NEWS.get(status, "is back" if told else "is here")
        return [f"{clock(member['time'])} -- {plain(name)} {news}"]

    def _with(self, status: str) -> list[str]:
        return [name for name, its in self._status.items() if its == status]
