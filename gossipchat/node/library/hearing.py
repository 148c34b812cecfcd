"""
What a member hears, handed to those of its program who want it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from gossipchat.chat.events import Line
from gossipchat.names import Address
from gossipchat.node.api import Stop, UserEvent
from gossipchat.node.door.watchers import Watchers
from gossipchat.node.library.casts import Cast, NameOf, cast_in
from gossipchat.node.library.changes import Change, Changes
from gossipchat.node.library.following import Following
from gossipchat.node.library.joins import Joins
from gossipchat.node.library.queries import Answerers
from gossipchat.peer.events import Event
from gossipchat.swim.events import (
    MemberChanged,
    MemberForgotten,
    QueryCame,
)

HELD = 1000
"""Things that are held for an ``async for`` whose reader is busy elsewhere."""

Thing = TypeVar("Thing")


class Hearing:
    """
    Everybody who listens to one member.

    Args:
        feed: takes what is asked of the member.
        join: asks whoever is at an address for a join.
        name_of: the name of the member that has a key.
    """

    def __init__(
        self,
        feed: Callable[[Event], None],
        join: Callable[[Address], None],
        name_of: NameOf,
    ) -> None:
        self._name_of = name_of
        self._news = Changes()
        self._followings: dict[Following[Any], Stop] = {}
        self.changes: Watchers[Change] = Watchers()
        self.events: Watchers[UserEvent] = Watchers()
        self.casts: Watchers[Cast] = Watchers()
        self.answerers = Answerers(feed)
        self.joins = Joins(join)

    def follow(self, watchers: Watchers[Thing]) -> Following[Thing]:
        """What *watchers* are told from now on, for ``async for``."""

        def ended(one: Following[Thing]) -> None:
            self._followings.pop(one, lambda: None)()

        following: Following[Thing] = Following(HELD, ended)
        self._followings[following] = watchers.add(following.put)
        return following

    def hear(self, happening: object) -> None:
        """Something happened in the peer, or a line became visible."""
        self.joins.hear(happening)
        match happening:
            case Line():
                cast = cast_in(happening, self._name_of)
                if cast is not None:
                    self.casts.tell(cast)
            case MemberChanged():
                change = self._news.of(happening)
                if change is not None:
                    self.changes.tell(change)
            case MemberForgotten(name):
                self._news.forget(name)
            case QueryCame():
                self.answerers.hear(happening)

    def stop(self) -> None:
        """There is nothing to hear any more."""
        self.joins.stop()
        for following in list(self._followings):
            following.stop()
