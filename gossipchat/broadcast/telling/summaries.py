"""
Comparing very many feeds without listing them: a start costs a few bytes for ever.

All feeds stand in one order, by author and epoch. Of a stretch of it a node tells
the number of its feeds and one hash over them. Who has another hash there tells it
in 16 parts; where one of the two has few feeds both are listed. So what is equal
costs nothing, and each difference a few hundred bytes and log16 n round trips.

Source: range-based set reconciliation (Meyer, 2023), with the additive hash that
``holdings`` has anyway.
"""

from collections import deque
from hashlib import sha256
from itertools import pairwise

from gossipchat.broadcast.holdings.holdings import Holdings
from gossipchat.names import AuthorKey, FeedId
from gossipchat.wire.ours.frames import SUMMARY_HASH_BYTES, Summary

LISTED = 256
"""Up to so many feeds a node has are told one by one on connecting."""

FEW = 32
"""A stretch in which one side has at most so many feeds is listed."""

PARTS = 16
"""Into so many a stretch is divided in which the two sides differ."""

AT_ONCE = 16
"""Stretches told in parts in one batch: about a kilobyte each."""

MAX_STRETCHES = 4096
"""That wait to be told or listed on one link; more are left to the next time."""

BOTTOM = FeedId(AuthorKey(bytes(32)), 0)
TOP = FeedId(AuthorKey(b"\xff" * 32), 2**64 - 1)

Stretch = tuple[FeedId, FeedId]
"""From the first one, up to but without the second one."""


class Summaries:
    """One link's share: stretches to be told in parts, or feed by feed."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._to_tell: deque[Stretch] = deque()
        self._to_list: deque[Stretch] = deque()

    def is_due(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self._to_tell or self._to_list)

    def begin(self) -> Summary:
        """All that is held, as one stretch."""
        return self._summary([BOTTOM, TOP])

    def read(self, theirs: Summary) -> list[Summary]:
        """What *theirs* makes us ask for at once; the rest becomes due."""
        questions = []
        pairs = pairwise(theirs.bounds)
        for stretch, digest, count in zip(
            pairs, theirs.digests, theirs.counts, strict=True
        ):
            if len(self._to_tell) + len(self._to_list) >= MAX_STRETCHES:
                break
            ours = self._holdings.between(*stretch)
            if digest == self._digest(ours):
                continue
            if not digest:
                self._to_list.append(stretch)
            elif min(count, len(ours)) <= FEW:
                self._to_list.append(stretch)
                questions.append(Summary(stretch, (b"",), (len(ours),)))
            else:
                self._to_tell.append(stretch)
        return questions

    def next_parts(self) -> list[Summary]:
        """The next stretches, each in parts."""
        return [
            self._in_parts(*self._to_tell.popleft())
            for _ in range(min(AT_ONCE, len(self._to_tell)))
        ]

    def next_listed(self) -> list[FeedId]:
        """The feeds of the next stretches, as many as a part of a vector holds."""
        feeds: list[FeedId] = []
        while self._to_list and len(feeds) < LISTED:
            low, high = self._to_list.popleft()
            found = self._holdings.between(low, high)
            room = LISTED - len(feeds)
            feeds += found[:room]
            if len(found) > room:
                self._to_list.appendleft((found[room], high))
        return feeds

    def _in_parts(self, low: FeedId, high: FeedId) -> Summary:
        feeds = self._holdings.between(low, high)
        step = max(1, -(-len(feeds) // PARTS))
        return self._summary([low, *feeds[step::step], high])

    def _summary(self, bounds: list[FeedId]) -> Summary:
        stretches = [
            self._holdings.between(low, high) for low, high in pairwise(bounds)
        ]
        return Summary(
            tuple(bounds),
            tuple(map(self._digest, stretches)),
            tuple(map(len, stretches)),
        )

    def _digest(self, feeds: list[FeedId]) -> bytes:
        added = self._holdings.sum_of(feeds).to_bytes(32)
        return sha256(added).digest()[:SUMMARY_HASH_BYTES]
