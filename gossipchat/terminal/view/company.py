"""
Who else is in the room, and what a person is told when that changes.
"""

from gossipchat.faces.socket.client.show import clock, plain
from gossipchat.terminal.asking import Message


class Company:
    """
    The users, as the node tells them.

    Args:
        author, nick: whose own changes are not told.
    """

    def __init__(self, author: str, nick: str) -> None:
        self.me = author, nick
        self._users: dict[tuple[str, str], Message] = {}

    def names(self, room: str) -> list[str]:
        """Who is in *room*, and how they are."""
        return [
            plain(user["nick"]) + _how(user)
            for user in sorted(self._users.values(), key=lambda one: str(one["nick"]))
            if room in user["rooms"]
        ]

    def is_reachable(self, nick: str) -> bool:
        """Whether a user called *nick* (or ``NICK@NODE``) is here."""
        name, _, node = nick.partition("@")
        return any(
            user["reachable"] and user["nick"] == name and node in ("", user["node"])
            for user in self._users.values()
        )

    def heard(self, user: Message, room: str) -> list[str]:
        """What there is to tell somebody in *room* about *user*."""
        key = user["id"], user["account"]
        was = self._users.pop(key, None)
        if user.get("here", True):
            self._users[key] = user
        if "time" not in user or (user["id"], user["nick"]) == self.me:
            return []
        news = _news(was, user, room)
        who = f"{plain(user['nick'])} (at {plain(user['node'])})"
        return [f"{clock(user['time'])} -- {who} {news}"] if news else []


def _news(was: Message | None, user: Message, room: str) -> str | None:
    was_here = was is not None and room in was["rooms"]
    if not user.get("here", True):
        gone = "has left" if user["reachable"] else "is gone with that node"
        return gone if was_here else None
    if room not in user["rooms"]:
        return f"has left {plain(room)}" if was_here else None
    if was is None or not was_here:
        return "is here" + _how(user)
    if was["nick"] != user["nick"]:
        return f"was called {plain(was['nick'])}"
    if was["away"] != user["away"]:
        return "is back" if user["away"] is None else f"is away: {plain(user['away'])}"
    return None


def _how(user: Message) -> str:
    marks = [] if user["away"] is None else ["away"]
    marks += [] if user["reachable"] else ["unreachable"]
    return f" ({', '.join(marks)})" if marks else ""
