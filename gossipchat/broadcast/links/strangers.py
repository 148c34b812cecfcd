"""
Digests to members without a link, by UDP, against views that disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from gossipchat.names import AuthorKey
from gossipchat.wire.ours.datagrams import DigestTold, SendDatagram

IN_QUIET = 2
"""Answers in a row that differ and get who gave them a link, while little is said."""

IN_TALK = 8
"""The same while something is said all the time, for then hardly two nodes hold the
same: about two minutes. Fewer open links that nobody needs, and trees change."""


@dataclass(frozen=True, slots=True)
class StrangerDue:
    """Timer: compare with somebody who is not linked."""


class Strangers:
    """
    One random member without a link is told our digest at a time.

    Who holds the same says nothing. Who does not answers with its own, is told again
    next time, and gets a link when it differs once more, or a few times more while
    much is said: that may be what is on its way.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._asked: AuthorKey | None = None
        self._differed = 0
        """How often in a row who is asked has answered with another digest."""

    def ask(self, strangers: Sequence[AuthorKey], digest: bytes) -> list[SendDatagram]:
        """Tell one of *strangers* our digest."""
        if not (self._differed and self._asked in strangers):
            self._differed = 0
            self._asked = self._chance.choice(strangers) if strangers else None
        if self._asked is None:
            return []
        return [SendDatagram(self._asked, DigestTold(digest))]

    def told(
        self, sender: AuthorKey, told: DigestTold, ours: bytes, quiet: bool
    ) -> tuple[list[SendDatagram], bool]:
        """
        What to answer; and whether *sender* should get a link.

        *quiet*: hardly anything is being said.
        """
        if not told.answer:
            same = told.digest == ours
            answer = SendDatagram(sender, DigestTold(ours, answer=True))
            return ([] if same else [answer]), False
        if sender != self._asked:
            return [], False
        self._differed = self._differed + 1 if told.digest != ours else 0
        if self._differed < (IN_QUIET if quiet else IN_TALK):
            return [], False
        self._differed = 0
        return [], True
