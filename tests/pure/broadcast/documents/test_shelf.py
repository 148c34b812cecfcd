"""Which documents are held: the same, whatever came first."""

from hypothesis import given
from hypothesis import strategies as st

from gossipchat.broadcast.config import BroadcastConfig
from gossipchat.broadcast.documents.shelf import Shelf
from gossipchat.feeds.document import Document
from tests.pure.broadcast.documents.builders import document

SOME = [
    document(author, account, born, edition)
    for author in (1, 2)
    for account in ("a", "b", "c")
    for born in (1, 2)
    for edition in (1, 2)
]


def shelf(*documents: Document, most: int = 100, of_one: int = 100) -> Shelf:
    made = Shelf(BroadcastConfig(max_documents=most, max_documents_of_one=of_one))
    for one in documents:
        made.put(one)
    return made


@given(st.lists(st.sampled_from(SOME), max_size=12), st.randoms())
def test_any_order_of_arrival_ends_in_one_shelf(
    came: list[Document], chance: object
) -> None:
    """Also with fewer places than users, and with repetitions."""
    other = list(came)
    chance.shuffle(other)  # type: ignore[attr-defined]
    one, two = shelf(*came, of_one=2), shelf(*other, of_one=2)
    assert sorted(d.encoded for d in one) == sorted(d.encoded for d in two)
    assert one.digest == two.digest


def test_a_later_birth_voids_all_before() -> None:
    """A node that was restarted tells anew who is there."""
    held = shelf(document(1, "a"), document(1, "b"), document(1, "c", born=2))
    assert [one.account for one in held] == ["c"]
    assert not held.put(document(1, "a", edition=9))


def test_the_digest_tells_what_is_held() -> None:
    """Nothing held is zero; what goes leaves no trace."""
    assert shelf().digest == bytes(32)
    first, second = document(1), document(1, edition=2)
    assert shelf(first, second).digest == shelf(second).digest != shelf(first).digest


def test_strangers_make_way_for_members_and_nobody_for_strangers() -> None:
    """Whoever has the cluster key can make up as many authors as they like."""
    held = shelf(document(1), document(2), most=2)
    assert not held.put(document(3))
    member = document(4)
    held.met(member.author)
    held.met(document(1).author)
    assert held.put(member)
    assert [one.author for one in held] == [document(1).author, member.author]


def test_what_the_other_lacks_is_named() -> None:
    """By short hashes."""
    one, two = shelf(document(1), document(2)), shelf(document(2), document(3))
    theirs = {two.hashes()[at : at + 16] for at in range(0, 32, 16)}
    assert one.missing_in(theirs) == [(document(1).author, "ann")]
    assert one.lacks_any(theirs)
    assert not shelf(document(2), document(3)).lacks_any(theirs)
