"""
What a peer wants of its store, asked; the answers come from the store's threads.
"""

from collections.abc import Callable
from dataclasses import replace

from gossipchat.broadcast import events as broadcast
from gossipchat.chat import events as chat
from gossipchat.errors import GossipChatError
from gossipchat.peer.events import Event
from gossipchat.store.store import Store
from gossipchat.swim import events as swim

LATER_MS = 60_000
"""After a failure, what is due is looked for again after this time."""

Fact = swim.RememberMember | swim.ForgetMember | swim.RememberCounter


class Disk:
    """
    Carries out a peer's effects on *store*.

    Args:
        answer: takes the answers; it is called on the store's threads.
        wall_ms: the machine's clock, in milliseconds since 1970.
    """

    def __init__(
        self, store: Store, answer: Callable[[Event], None], wall_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._answer = answer
        self._wall_ms = wall_ms

    def persist(self, batch: chat.Persist) -> None:
        """Write it; ``Persisted`` or ``PersistFailed`` follows."""

        def done(outcome: chat.Written | GossipChatError) -> None:
            if isinstance(outcome, GossipChatError):
                event: Event = chat.PersistFailed(batch.number, str(outcome))
            else:
                event = chat.Persisted(batch.number, *outcome)
            self._answer(event)

        self._store.persist(batch, done)

    def reveal(self, wish: chat.Reveal) -> None:
        """Look for what may be shown; ``TimeCame`` follows."""

        def done(came: chat.TimeCame | GossipChatError) -> None:
            if isinstance(came, GossipChatError):
                came = chat.TimeCame((), wish.now_ms + LATER_MS)
            self._answer(came)

        self._store.reveal(wish, done)

    def load(self, load: broadcast.Load) -> None:
        """Read runs; ``Loaded`` follows."""
        where = (load.feed, load.first, load.last)

        def done(runs: object) -> None:
            found = tuple(runs) if isinstance(runs, list) else ()
            self._answer(broadcast.Loaded(load.link, *where, found))

        self._store.ask(lambda reader: reader.runs(*where, load.max_bytes), done)

    def rename(self, wish: broadcast.Rename) -> None:
        """Keep under another name; what is written later comes after it."""
        self._store.rename(wish)

    def remember(self, fact: Fact) -> None:
        """Write it; nobody waits for that."""
        if isinstance(fact, swim.RememberMember):
            fact = replace(fact, wall_ms=self._wall_ms())
        self._store.remember((fact,))
