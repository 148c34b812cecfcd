"""
The pen of one feed: what this node writes between one start and its end.
"""

from collections.abc import Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gossipchat.errors import UsageError
from gossipchat.feeds.document import Document, seal_document
from gossipchat.feeds.entry import GENESIS, Entry
from gossipchat.feeds.run import Run, hashes, seal_run
from gossipchat.names import MAX_EPOCH, AuthorKey, FeedId

_DOMAIN = b"gossipchat epoch 1\0"


class Author:
    """
    Writes one own feed: knows the next number and the hash to chain it to.

    The epoch must be 64 fresh random bits at each start of the process: then no
    id is ever used twice, whatever became of the disk (docs/feeds.md, "Epochs").
    """

    def __init__(self, key: Ed25519PrivateKey, epoch: int) -> None:
        if not 0 <= epoch <= MAX_EPOCH:
            raise UsageError(f"epoch {epoch}: it has 64 bits")
        self._key = key
        self.feed = FeedId(AuthorKey(key.public_key().public_bytes_raw()), epoch)
        self.next_seq = 1
        self.tip = GENESIS
        """The hash of the last entry composed."""

    def compose(self, entries: Sequence[Entry]) -> Run:
        """
        The next *entries* as a sealed run; the tip moves behind them.

        Raises UsageError, and moves nothing, when an entry is out of bounds or they
        are none or more than a run holds (``MAX_RUN_ENTRIES``, ``MAX_RUN_BYTES``).
        """
        contents = [entry.encode() for entry in entries]
        run = seal_run(self._key, self.feed, self.next_seq, self.tip, contents)
        self.tip = hashes(run)[-1]
        self.next_seq = run.last + 1
        return run

    def document(self, account: str, born: int, edition: int, body: bytes) -> Document:
        """A sealed page about the local user *account*; UsageError if too long."""
        return seal_document(self._key, account, born, edition, body)

    def begin_anew(self, other_tip: bytes) -> None:
        """
        Somebody else writes this very feed (to the hash *other_tip*): leave it.

        The next epoch is made of what the two said last, not drawn: a process that
        was cloned in memory draws the same chances as its twin.
        """
        parts = (_DOMAIN, self.feed.epoch.to_bytes(8), self.tip, other_tip)
        epoch = int.from_bytes(sha256(b"".join(parts)).digest()[:8])
        self.feed = FeedId(self.feed.author, epoch)
        self.next_seq = 1
        self.tip = GENESIS

    def take_back(self, run: Run) -> None:
        """
        *run* could not be written and has not left this node: go back to before it.

        All that was composed after it goes with it. Taking back what is already
        gone, or was said in an epoch before this one, does nothing. Raises
        UsageError for a run of somebody else.
        """
        if run.signed.author != self.feed.author:
            raise UsageError("only an author's own run can be taken back")
        if run.signed == self.feed and run.first < self.next_seq:
            self.next_seq = run.first
            self.tip = run.prev
