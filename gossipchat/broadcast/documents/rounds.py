"""
How documents get around: news at once, then once a second; gaps by comparing.

A link that opens, and a timer where something has changed, bring a digest (32
bytes). Who finds that it differs answers with the short hashes of all it holds, and
is sent what is not among them. Nothing is queued but names: what is sent is what is
held when the link takes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.documents.shelf import Key, Shelf
from gossipchat.broadcast.events import DocumentsCame, Effect, Link, SendFrames
from gossipchat.broadcast.links.neighbours import Neighbour, Neighbours
from gossipchat.effects import Count, StartTimer
from gossipchat.errors import DecodeError
from gossipchat.feeds.document import Document, check_document
from gossipchat.names import AuthorKey
from gossipchat.wire.ours.frames import (
    DOCUMENT_HASH_BYTES,
    DocumentDigest,
    Documents,
    DocumentsHeld,
    Frame,
)

ABOUT_DOCUMENTS = (Documents, DocumentDigest, DocumentsHeld)
"""The frames that are ``Rounds``' business."""
FRAME_BYTES = 16 * 1024
PACE = 1.0
"""Seconds between two batches of news over one link."""
LONG_AGO = float("-inf")


@dataclass(frozen=True, slots=True)
class DocumentsDue:
    """Timer: news that had to wait may go."""


@dataclass(slots=True)
class Round:
    """What one link is to be told."""

    news: dict[Key, None] = field(default_factory=dict)
    """To be sent with the next batch."""
    due: dict[Key, None] = field(default_factory=dict)
    """To be sent as fast as the link takes it."""
    began: float = LONG_AGO
    digest_due: bool = False
    told: bytes = b""
    """The digest that it was last sent."""
    held_due: bool = False
    held_at: float = LONG_AGO


class Rounds:
    """Carries the documents on a shelf over all links."""

    def __init__(self, me: AuthorKey, config: BroadcastConfig) -> None:
        self.shelf = Shelf(config)
        self._me = me
        self._pause = config.vector_pause
        self._most_news = 2 * config.max_documents
        self._rounds: dict[Link, Round] = {}
        self._ready: dict[Link, None] = {}
        self._timed = False

    # --- what happens ---------------------------------------------------------

    def opened(self, link: Link) -> None:
        """Compare over the new *link*, if there is anything to compare."""
        self._rounds[link] = Round(digest_due=len(self.shelf) > 0)
        self._ready[link] = None

    def ended(self, link: Link) -> None:
        """*link* is no more."""
        self._rounds.pop(link, None)
        self._ready.pop(link, None)

    def waits(self, link: Link) -> bool:
        """Whether *link* may have something to be sent."""
        return link in self._ready

    def tick(self) -> None:
        """Compare where something has changed since."""
        for link, one in self._rounds.items():
            if one.told != self.shelf.digest and (one.told or len(self.shelf)):
                one.digest_due = True
                self._ready[link] = None

    def publish(self, documents: Iterable[Document]) -> None:
        """Own documents, new ones."""
        for document in documents:
            if self.shelf.put(document):
                self._spread(document, None)

    def read(self, near: Neighbour, frame: Frame, now: float) -> list[Effect]:
        """Follow *frame*; what must not be sets ``near.fault``."""
        one = self._rounds.get(near.link)
        if one is None:
            return []
        self._ready[near.link] = None
        match frame:
            case Documents(encoded):
                return self._read_documents(near, one, encoded)
            case DocumentDigest(digest):
                if digest != self.shelf.digest:
                    self._tell_held(one, now)
                    one.digest_due = one.told != self.shelf.digest
            case DocumentsHeld(hashes):
                size = DOCUMENT_HASH_BYTES
                starts = range(0, len(hashes), size)
                theirs = {hashes[at : at + size] for at in starts}
                one.due.update(dict.fromkeys(self.shelf.missing_in(theirs)))
                if self.shelf.lacks_any(theirs):
                    self._tell_held(one, now)
        return []

    def _tell_held(self, one: Round, now: float) -> None:
        if now - one.held_at >= self._pause:
            one.held_due = True
            one.held_at = now

    def _read_documents(
        self, near: Neighbour, one: Round, encoded: tuple[bytes, ...]
    ) -> list[Effect]:
        came = []
        for each in encoded:
            try:
                document = self._read_document(each)
            except DecodeError:
                near.fault = "bad document"
                break
            if document is None:
                continue
            came.append(document)
            if document.author != self._me:
                one.news.pop(_key(document), None)
                self._spread(document, near.link)
        if not came:
            return []
        return [Count("documents.came", len(came)), DocumentsCame(tuple(came))]

    def _read_document(self, encoded: bytes) -> Document | None:
        """News, on the shelf now; or an own one, of another life or a twin; or None."""
        document = Document.parse(encoded)
        if document.author == self._me:
            is_news = self.shelf.get(_key(document)) != document
        else:
            is_news = self.shelf.is_news(document)
        if not is_news:
            return None
        check_document(document)
        taken = document.author == self._me or self.shelf.put(document)
        return document if taken else None

    def _spread(self, document: Document, source: Link | None) -> None:
        for link, one in self._rounds.items():
            if link != source:
                one.news[_key(document)] = None
                if len(one.news) > self._most_news:  # most of it has gone meanwhile
                    one.news = dict.fromkeys(filter(self.shelf.get, one.news))
                self._ready[link] = None

    # --- what goes --------------------------------------------------------------

    def serve(self, neighbours: Neighbours, now: float) -> list[Effect]:
        """The next batch for each link that takes one."""
        effects: list[Effect] = []
        ready, self._ready = self._ready, {}
        wait = None
        for link in ready:
            near, one = neighbours.get(link), self._rounds.get(link)
            if near is None or one is None:
                continue
            if near.busy:
                self._ready[link] = None
                continue
            frames = self._frames(one, now)
            if frames:
                near.busy = True
                effects.append(SendFrames(link, tuple(frames)))
                self._ready[link] = None
            elif one.news:
                self._ready[link] = None
                left = one.began + PACE - now  # above 0, or it had been sent
                wait = left if wait is None else min(wait, left)
        if wait is not None and not self._timed:
            self._timed = True
            effects.append(StartTimer(DocumentsDue(), wait))
        return effects

    def due(self) -> None:
        """The timer has fired; ``serve`` follows."""
        self._timed = False

    def _frames(self, one: Round, now: float) -> list[Frame]:
        frames: list[Frame] = []
        if one.news and now >= one.began + PACE:  # as the timer reckons, to the bit
            one.began = now
            one.due.update(one.news)
            one.news.clear()
        documents = self._next_documents(one)
        if documents:
            frames.append(Documents(tuple(documents)))
        if one.held_due:
            one.held_due = False
            frames.append(DocumentsHeld(self.shelf.hashes()))
        if one.digest_due:
            one.digest_due = False
            one.told = self.shelf.digest
            frames.append(DocumentDigest(one.told))
        return frames

    def _next_documents(self, one: Round) -> list[bytes]:
        documents: list[bytes] = []
        room = FRAME_BYTES
        while one.due and room > 0:
            key = next(iter(one.due))
            del one.due[key]
            document = self.shelf.get(key)
            if document is not None:
                documents.append(document.encoded)
                room -= len(document.encoded)
        return documents


def _key(document: Document) -> Key:
    return document.author, document.account
