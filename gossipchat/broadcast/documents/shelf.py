"""
The documents that are held: of each user the last, bounded for each author.

What is held in the end does not depend on the order in which documents came: each
rule is a maximum (latest birth, greatest rank, the greatest ranks of an author).
"""

from collections.abc import Collection, Iterator
from hashlib import sha256

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.feeds.document import Document
from gossipchat.names import AuthorKey
from gossipchat.wire.ours.frames import DOCUMENT_HASH_BYTES

Key = tuple[AuthorKey, str]
"""Whose document: author and account."""

HASH_BYTES = 32


class Shelf:
    """Checked documents by author and account."""

    def __init__(self, config: BroadcastConfig) -> None:
        self._most = config.max_documents
        self._most_of_one = config.max_documents_of_one
        self._pages: dict[AuthorKey, dict[str, Document]] = {}
        self._most_members = config.max_authors
        self._members: dict[AuthorKey, None] = {}
        self._hashes: dict[Key, bytes] = {}
        self._sum = 0

    def __len__(self) -> int:
        return len(self._hashes)

    def __iter__(self) -> Iterator[Document]:
        for page in self._pages.values():
            yield from page.values()

    @property
    def digest(self) -> bytes:
        """32 bytes that are equal where the same documents are held."""
        return self._sum.to_bytes(HASH_BYTES)

    def get(self, key: Key) -> Document | None:
        """The document held under *key*."""
        return self._pages.get(key[0], {}).get(key[1])

    def page(self, author: AuthorKey) -> tuple[Document, ...]:
        """All that is held of *author*."""
        return tuple(self._pages.get(author, {}).values())

    def met(self, author: AuthorKey) -> None:
        """
        *author* is a member: when room runs short, strangers make way for it.

        Of more than ``max_authors`` those met longest ago are strangers again.
        """
        self._members.pop(author, None)
        self._members[author] = None
        if len(self._members) > self._most_members:
            del self._members[next(iter(self._members))]

    def is_news(self, document: Document) -> bool:
        """Whether ``put`` would keep it, as far as its author's own go."""
        page = self._pages.get(document.author, {})
        if any(document.born < one.born for one in page.values()):
            return False
        known = page.get(document.account)
        return known is None or known.rank < document.rank

    def put(self, document: Document) -> bool:
        """Keep *document*; whether it is held now and was not before."""
        if not self.is_news(document) or not self._has_room(document.author):
            return False
        author = document.author
        for one in list(self._pages.get(author, {}).values()):
            if one.born < document.born or one.account == document.account:
                self._drop(one)
        page = self._pages.setdefault(author, {})
        page[document.account] = document
        whole = sha256(document.encoded).digest()
        self._hashes[author, document.account] = whole
        self._sum ^= int.from_bytes(whole)
        if len(page) > self._most_of_one:
            least = min(page.values(), key=lambda one: one.rank)
            self._drop(least)
            return least is not document
        return True

    def hashes(self) -> bytes:
        """The short hashes of all that is held, one behind the other."""
        return b"".join(h[:DOCUMENT_HASH_BYTES] for h in self._hashes.values())

    def missing_in(self, hashes: Collection[bytes]) -> list[Key]:
        """What is held here and not among the short *hashes*."""
        short = DOCUMENT_HASH_BYTES
        return [key for key, h in self._hashes.items() if h[:short] not in hashes]

    def lacks_any(self, hashes: Collection[bytes]) -> bool:
        """Whether one of the short *hashes* is of nothing that is held here."""
        own = {h[:DOCUMENT_HASH_BYTES] for h in self._hashes.values()}
        return any(one not in own for one in hashes)

    def _has_room(self, author: AuthorKey) -> bool:
        if len(self._hashes) < self._most or author in self._pages:
            return True
        if author not in self._members:
            return False
        for stranger in list(self._pages):
            if stranger not in self._members:
                for one in list(self._pages[stranger].values()):
                    self._drop(one)
                return True
        return False

    def _drop(self, document: Document) -> None:
        page = self._pages[document.author]
        del page[document.account]
        if not page:
            del self._pages[document.author]
        whole = self._hashes.pop((document.author, document.account))
        self._sum ^= int.from_bytes(whole)
