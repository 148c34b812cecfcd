"""A conversation of a terminal with a node that only takes requests down."""

from gossipchat.terminal.asking import Message
from gossipchat.terminal.talk import Talk

LIVE, MEMBERS, PAGE = 1, 2, 3
USERS = 6
RECEIPTS = 7
BEGUN = 7
"""Requests that a conversation begins with."""

ME = "a1" * 32


class Node:
    """Takes requests down."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, object]]] = []

    def send(self, do: str, **arguments: object) -> int:
        self.asked.append((do, arguments))
        return len(self.asked)


class Table:
    """A talk in #lobby whose last lines have been fetched."""

    def __init__(self, fetched: bool = True) -> None:
        self.node = Node()
        self.talk = Talk(self.node, "alice", ME, "ann")
        for number in (4, 5):
            self.talk.heard({"id": number, "ok": {"nick": "ann"}})
        if fetched:
            self.talk.heard({"id": PAGE, "end": True})

    def type(self, text: str) -> list[str]:
        return self.talk.typed(text)

    def come(self, number: int, n: int, text: str, room: str = "#lobby") -> list[str]:
        """Line *n* comes under *number*."""
        return self.talk.heard({"id": number, "item": line(n, text, room)})

    def member(self, name: str, status: str, new: bool = True) -> list[str]:
        item: Message = {"name": name, "status": status}
        if new:
            item["time"] = "2023-11-14T22:13:20.000Z"
        return self.talk.heard({"id": MEMBERS, "item": item})

    def own(self, n: int, text: str, kind: str = "say") -> list[str]:
        """What the user said comes as line *n*."""
        item = {**line(n, text, "#lobby"), "nick": "ann", "author": ME, "kind": kind}
        return self.talk.heard({"id": LIVE, "item": item})

    def user(
        self, nick: str, *rooms: str, new: bool = True, **more: object
    ) -> list[str]:
        """The user *nick* is as said."""
        item: Message = {"nick": nick, "node": "n", "rooms": list(rooms), "away": None}
        item |= {"reachable": True, "id": "b0b", "account": "bob", "here": True}
        if new:
            item["time"] = "2023-11-14T22:13:20.000Z"
        return self.talk.heard({"id": USERS, "item": {**item, **more}})


def line(n: int, text: str, room: str) -> Message:
    return {
        "n": n,
        "id": f"id-{n}",
        "room": room,
        "nick": "bob",
        "kind": "say",
        "text": text,
        "time": "2023-11-14T22:13:20.000Z",
        "late": False,
    }


def said(shown: list[str]) -> list[str]:
    """*shown* without its times."""
    return [text.split(" ", 2)[2] for text in shown]
