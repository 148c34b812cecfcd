"""
Digests to members without a link, by UDP, against views that disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from gossipchat.names import AuthorKey
from gossipchat.wire.ours.datagrams import DigestTold, SendDatagram


@dataclass(frozen=True, slots=True)
class StrangerDue:
    """Timer: compare with somebody who is not linked."""


class Strangers:
    """
    One random member without a link is told our digest at a time.

    Who holds the same says nothing. Who does not answers with its own, is told again
    next time, and gets a link when it differs once more: once may be what is on its
    way.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._asked: AuthorKey | None = None
        self._differs = False
        """Whether who was asked last has answered with another digest."""

    def ask(self, strangers: Sequence[AuthorKey], digest: bytes) -> list[SendDatagram]:
        """Tell one of *strangers* our digest."""
        if not (self._differs and self._asked in strangers):
            self._differs = False
            self._asked = self._chance.choice(strangers) if strangers else None
        if self._asked is None:
            return []
        return [SendDatagram(self._asked, DigestTold(digest))]

    def told(
        self, sender: AuthorKey, told: DigestTold, ours: bytes
    ) -> tuple[list[SendDatagram], bool]:
        """What to answer; and whether *sender* should get a link."""
        if not told.answer:
            same = told.digest == ours
            answer = SendDatagram(sender, DigestTold(ours, answer=True))
            return ([] if same else [answer]), False
        if sender != self._asked:
            return [], False
        again, self._differs = self._differs, told.digest != ours
        if again and self._differs:
            self._differs = False
            return [], True
        return [], False
