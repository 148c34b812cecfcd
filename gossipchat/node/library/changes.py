"""
What befalls members, in the words of those who depend on them.
"""

from dataclasses import dataclass
from enum import Enum

from gossipchat.names import Address, NodeName
from gossipchat.swim.events import Member, MemberChanged, Status


class News(Enum):
    """What befell a member."""

    JOINED = "joined"
    """It is new, or back."""
    FAILED = "failed"
    """It is dead; it may come back."""
    LEFT = "left"
    """It said goodbye, or was told to be gone for good."""
    UPDATED = "updated"
    """It lives on with other tags, or at another address."""


@dataclass(frozen=True, slots=True)
class Change:
    """What befell *member*, which is as it is after that."""

    news: News
    member: Member


class Changes:
    """
    Leaves out what is only a suspicion, and what was told before.

    It remembers what it told of each member that swim remembers.
    """

    def __init__(self) -> None:
        self._told: dict[NodeName, tuple[News, dict[str, str], Address]] = {}

    def of(self, changed: MemberChanged) -> Change | None:
        """What *changed* means; None: nothing."""
        member = changed.member
        told = self._told.get(member.name)
        news = self._news(member, told)
        if news is None:
            return None
        standing = News.JOINED if news is News.UPDATED else news
        self._told[member.name] = standing, member.tags, member.address
        return Change(news, member)

    def forget(self, name: NodeName) -> None:
        """Swim has forgotten *name*."""
        self._told.pop(name, None)

    @staticmethod
    def _news(
        member: Member, told: tuple[News, dict[str, str], Address] | None
    ) -> News | None:
        was = None if told is None else told[0]
        if member.status in (Status.ALIVE, Status.SUSPECT):
            if told is None or was is not News.JOINED:
                return News.JOINED
            same = told[1:] == (member.tags, member.address)
            return None if same else News.UPDATED
        gone = News.LEFT if member.status is Status.LEFT else News.FAILED
        return None if was in (None, gone) else gone
