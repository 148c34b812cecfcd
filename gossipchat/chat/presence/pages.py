"""
What this node tells of its own users: documents, a batch a second at most.

In each life the first document makes all of earlier lives void everywhere. Ones of
an earlier life that others still hold come back to us: they say since when a user
has gone by a nick, and which birth our next documents must outdo.
"""

from gossipchat.chat.config import ChatConfig
from gossipchat.chat.presence.profile import (
    NOBODY,
    folded,
    profile_body,
    read_profile,
)
from gossipchat.chat.presence.sessions import LocalUsers
from gossipchat.errors import UsageError
from gossipchat.feeds.author import Author
from gossipchat.feeds.clock import HybridClock
from gossipchat.feeds.document import Document

PACE = 1.0
"""Seconds between two batches."""
ECHO_PAUSE = 15.0
"""Seconds between two births for the sake of what comes back: two machines with one
identity would else outdo each other for ever, as fast as they can."""
MAX_EARLIER = 256


class Pages:
    """The documents of the users in *locals*."""

    def __init__(
        self,
        author: Author,
        clock: HybridClock,
        config: ChatConfig,
        locals_: LocalUsers,
    ) -> None:
        self._author = author
        self._clock = clock
        self._most = 2 * config.max_local_users
        self._locals = locals_
        self._born: int | None = None
        self._edition = 0
        self._told: dict[str, Document] = {}
        self._dirty: dict[str, None] = {}
        self._posted_at = float("-inf")
        self._outdone_at = float("-inf")
        self._earlier: dict[str, tuple[str, int]] = {}

    @property
    def told(self) -> tuple[Document, ...]:
        """What others hear, or will, of the users here."""
        return tuple(self._told.values())

    def changed(self, account: str) -> None:
        """Others must hear of *account* anew."""
        self._dirty[account] = None

    def wait(self, now: float) -> float | None:
        """Seconds until the next batch may go; None: there is none."""
        return max(0.0, self._posted_at + PACE - now) if self._dirty else None

    def next_batch(self, now: float, wall_ms: int) -> tuple[Document, ...]:
        """What others must hear of, sealed."""
        self._posted_at = now
        if self._born is None or len({*self._told, *self._dirty}) > self._most:
            self._begin(self._clock.tick(wall_ms))
        born = self._born or 0
        dirty, self._dirty = self._dirty, {}
        batch = []
        for account in dirty:
            user = self._locals.users.get(account)
            profile = NOBODY if user is None else user.profile()
            self._edition = max(self._clock.tick(wall_ms), self._edition + 1)
            body = profile_body(profile)
            document = self._author.document(account, born, self._edition, body)
            self._told[account] = document
            batch.append(document)
        return tuple(batch)

    def _begin(self, born: int) -> None:
        """Tell all anew under a later birth: what is not told again is void."""
        self._born = max(born, self._born or 0)
        self._told.clear()
        self._locals.forget_gone()
        self._dirty = {**dict.fromkeys(self._locals.users), **self._dirty}

    def claimed(self, account: str, nick: str, wall_ms: int) -> int:
        """Since when *account* may call *nick* its own."""
        earlier, claimed = self._earlier.get(account, ("", 0))
        same = earlier != "" and folded(earlier) == folded(nick)
        return claimed if same else self._clock.tick(wall_ms)

    def came_back(self, document: Document, now: float) -> None:
        """Somebody holds *document*, which we did not make in this life."""
        profile = read_profile(document.body)
        if profile is not None and profile.here:
            self._remember(document.account, profile.nick, profile.claimed)
        known = self._told.get(document.account)
        if known is not None and document.rank <= known.rank:
            return
        if self._born is not None and document.born < self._born:
            return  # they will hear what makes it void
        if self._told and now - self._outdone_at < ECHO_PAUSE:
            return
        self._outdone_at = now
        self._edition = max(self._edition, document.edition)
        self._begin(document.born + 1)
        if not self._dirty:
            self.changed("")  # nobody is here: that voids it, too

    def _remember(self, account: str, nick: str, claimed: int) -> None:
        user = self._locals.users.get(account)
        if user is not None and folded(user.nick) == folded(nick):
            if claimed < user.claimed:
                user.claimed = claimed
                self.changed(account)
        elif len(self._earlier) < MAX_EARLIER:
            self._earlier.setdefault(account, (nick, claimed))


def check_fits(author: Author, account: str, body: bytes) -> None:
    """Raises UsageError when a document with *body* would be too long."""
    try:
        author.document(account, 0, 0, body)
    except UsageError as problem:
        raise UsageError(f"you are in too many rooms: {problem}") from None
