"""What is said to one user only."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gossipchat.chat.bodies import Opening, letter, letter_meaning
from gossipchat.chat.directory import Directory
from gossipchat.chat.events import (
    Deliver,
    Line,
    MemberNamed,
    Persist,
    Publish,
    Refuse,
    RunsArrived,
)
from gossipchat.chat.sealing import Sealer
from gossipchat.errors import Refused, UsageError
from gossipchat.feeds.entry import Entry
from gossipchat.names import AuthorKey, NodeName, RoomName, private_name
from tests.pure.chat.builders import (
    ANN,
    BOB,
    CARL,
    World,
    chat,
    key_of,
    public_of,
    say,
    sealer_of,
)

ANN_KEY, BOB_KEY, CARL_KEY = key_of(ANN), key_of(BOB), key_of(CARL)


def meeting() -> tuple[World, World, World]:
    """Ann, Bob and Carl, who have heard each other say hello."""
    worlds = tuple(World(chat(key=key)) for key in (ANN, BOB, CARL))
    for world, nick in zip(worlds, ("ann", "bob", "carl"), strict=True):
        world.feed(say("hello", nick=nick))
    for world in worlds:
        spread(world, *(one for one in worlds if one is not world))
    return worlds  # type: ignore[return-value]


def spread(author: World, *others: World) -> None:
    """All that *author* has published comes to *others*; then it is forgotten."""
    published = [e for e in author.effects if isinstance(e, Publish)]
    author.effects.clear()
    runs, tips = [e.run for e in published], [e.tip for e in published]
    for other in others:
        other.feed(RunsArrived(tuple(runs), tuple(tips)))


def lines(world: World) -> list[Line]:
    delivered = [e for e in world.effects if isinstance(e, Deliver)]
    return [line for e in delivered for line in e.lines if line.kind != "open"]


def test_only_the_two_see_it_each_under_the_other_s_name() -> None:
    """To the third it is an entry without room and text."""
    ann, bob, carl = meeting()
    for world in (ann, bob, carl):
        world.effects.clear()
    ann.feed(say("psst", room="@Bob"))
    assert [(x.room, x.kind, x.text, x.peer) for x in lines(ann)] == [
        ("@bob", "private", "psst", BOB_KEY)
    ]
    (batch,) = [e for e in ann.effects if isinstance(e, Persist)]
    assert not any(b"psst" in stored.run.encoded for stored in batch.runs)
    spread(ann, bob, carl)
    assert [(x.room, x.nick, x.text, x.peer) for x in lines(bob)] == [
        ("@ann", "ann", "psst", ANN_KEY)
    ]
    assert [(x.room, x.nick, x.text) for x in lines(carl)] == [(None, "?", "")]


def test_an_answer_names_what_it_answers() -> None:
    """A private conversation has heads like a room."""
    ann, bob, carl = meeting()
    ann.feed(say("psst", room="@bob"))
    spread(ann, bob, carl)
    bob.feed(say("what?", room="@ann", nick="bob"))
    (published,) = [e for e in bob.effects if isinstance(e, Publish)]
    entry = Entry.decode(published.run.contents[-1])
    assert [id.author for id in entry.after] == [ANN_KEY]


@pytest.mark.parametrize(
    ("room", "reason"),
    [
        ("@zoe", "nobody called @zoe"),
        ("@bob@nowhere", "nobody called @bob@nowhere"),
        ("@", "is nobody"),
        ("@a b", "no space"),
    ],
)
def test_who_is_not_known_cannot_be_written_to(room: str, reason: str) -> None:
    """In a sentence that says how to write it."""
    ann, _, _ = meeting()
    (refused,) = ann.feed(say("psst", room=room))
    assert isinstance(refused, Refuse)
    assert reason in refused.why


def test_privately_things_are_only_said() -> None:
    """A topic for one user is nothing."""
    ann, _, _ = meeting()
    (refused,) = ann.feed(say("psst", room="@bob", kind="topic"))
    assert isinstance(refused, Refuse)


def test_a_message_that_would_outgrow_its_padding_is_refused() -> None:
    """16 KiB with what is around it."""
    with pytest.raises(UsageError, match="at most"):
        sealer_of(ANN).seal(BOB_KEY, public_of(BOB), bytes(16381))


def test_of_the_text_only_the_next_power_of_two_shows() -> None:
    """64 bytes at least."""

    def size(length: int) -> int:
        return len(sealer_of(ANN).seal(BOB_KEY, public_of(BOB), bytes(length)))

    assert size(0) == size(60)
    assert size(61) - size(60) == 64
    assert size(61) == size(124)
    assert size(16380) == size(8200)


def test_a_box_opens_for_its_two_readers_and_in_its_author_s_name_alone() -> None:
    """Copied into somebody else's entry it means nothing."""
    body = sealer_of(ANN).seal(BOB_KEY, public_of(BOB), b"psst")
    for reader in (ANN, BOB):
        opened = sealer_of(reader).open(ANN_KEY, body)
        assert opened is not None
        assert (opened.to, opened.plain) == (BOB_KEY, b"psst")
    assert sealer_of(CARL).open(ANN_KEY, body) is None
    assert sealer_of(BOB).open(CARL_KEY, body) is None


def test_to_oneself_there_is_one_reader() -> None:
    """Two users of one node."""
    body = sealer_of(ANN).seal(ANN_KEY, public_of(ANN), b"psst")
    opened = sealer_of(ANN).open(ANN_KEY, body)
    assert opened is not None
    assert opened.plain == b"psst"


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x80", b"\x93\x01\x02\x03"])
def test_rubbish_opens_for_nobody(body: bytes) -> None:
    """And raises nothing."""
    assert sealer_of(BOB).open(ANN_KEY, body) is None


def test_a_flipped_bit_is_noticed() -> None:
    """Each reader has a copy of the key; all else is for both."""
    body = sealer_of(ANN).seal(BOB_KEY, public_of(BOB), b"psst")
    for place in range(len(body)):
        bent = bytearray(body)
        bent[place] ^= 1
        opened = [sealer_of(one).open(ANN_KEY, bytes(bent)) for one in (ANN, BOB)]
        assert None in opened, place


def test_a_key_that_is_none_is_refused() -> None:
    """All zeros agree with nobody."""
    with pytest.raises(Refused):
        sealer_of(ANN).seal(BOB_KEY, bytes(32), b"psst")


def test_a_letter_s_meaning_is_cleaned_like_any_other() -> None:
    """A nick from the network can't hold what breaks a line."""
    meant = letter_meaning(letter("x-odd", "a\nb", "c d", "text"))
    assert (meant.nick, meant.peer, meant.kind) == ("ab", "cd", "private")
    assert letter_meaning(b"\xc1").text == ""


def opening(name: str, nick: str = "") -> Opening:
    return Opening(name, public_of(BOB), None, "test", nick)


def key(number: int) -> AuthorKey:
    return AuthorKey(bytes([number]) * 32)


def place(text: str) -> RoomName:
    return private_name(text)


def test_a_nick_that_two_nodes_know_must_be_told_apart() -> None:
    """The refusal lists what to write."""
    directory = Directory(10)
    for number, name in enumerate(("one", "two")):
        directory.introduce(key(number), opening(name, "bob"), 1)
    with pytest.raises(Refused, match="@bob@one, @bob@two"):
        directory.find(place("@bob"))
    assert directory.find(place("@BOB@Two")).author == key(1)


def test_a_node_is_called_by_the_name_that_it_has_now() -> None:
    """The one of before is still understood, unless another has taken it."""
    directory = Directory(10)
    for number, name in enumerate(("one", "two")):
        directory.introduce(key(number), opening(name, "bob"), 1)
    for name in ("one", "new-one", "old-one", "new-one"):
        directory.named(name, key(0))
    with pytest.raises(Refused, match="@bob@new-one, @bob@two"):
        directory.find(place("@bob"))
    assert directory.find(place("@old-one")).author == key(0)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("@bob~{}", "@bob@One"),
        ("@bob~{}@two", "@bob~{}@two"),
        ("@bob~dead", "@bob~dead"),
        ("@bob", "@bob"),
        ("@~{}", "@~{}"),
    ],
)
def test_a_marked_nick_is_an_address_as_it_is_shown(typed: str, meant: str) -> None:
    """Where two nodes claim a nick, the later one's has its node's digits behind it."""
    directory = Directory(10)
    for number, name in ((1, "One"), (2, "two")):
        directory.introduce(key(number), opening(name, "bob"), 1)
    mark = key(1).hex()[:4]
    spelled = directory.spelled_out(place(typed.format(mark)))
    assert spelled == meant.format(mark)
    if meant.endswith("One"):
        assert directory.find(spelled).author == key(1)


def test_a_node_s_name_is_enough() -> None:
    """Whoever is there."""
    directory = Directory(10)
    directory.introduce(key(1), opening("one"), 1)
    assert directory.find(place("@one")).author == key(1)
    assert directory.peer_of(place("@one")) == key(1)


def test_a_proven_name_outdoes_what_an_author_says_of_itself() -> None:
    """Or anyone could take a name, and what is sealed for it."""
    directory = Directory(10)
    directory.introduce(key(1), opening("one"), 1)
    directory.introduce(key(2), opening("one"), 2)
    directory.named("one", key(1))
    assert directory.find(place("@one")).author == key(1)


def test_swim_s_names_reach_the_directory() -> None:
    """By the peer."""
    ann, _, _ = meeting()
    ann.feed(MemberNamed(NodeName("bobs-node"), BOB_KEY))
    assert ann.chat.directory.find(place("@bobs-node")).author == BOB_KEY


def test_a_key_that_is_not_here_yet_is_asked_for_later() -> None:
    """The member is known, its `open` has not come."""
    directory = Directory(10)
    directory.named("one", key(1))
    with pytest.raises(Refused, match="not here yet"):
        directory.find(place("@one"))


def test_what_the_directory_remembers_is_bounded() -> None:
    """Authors beyond the bound can't be written to."""
    directory = Directory(2)
    for number in range(3):
        directory.introduce(key(number), opening(f"n{number}"), 1)
    with pytest.raises(Refused):
        directory.find(place("@n2"))


def test_sealing_takes_its_chance_from_outside() -> None:
    """So a simulated world is its seed."""
    sealer = Sealer(
        ANN_KEY,
        X25519PrivateKey.from_private_bytes(b"a" * 32),
        lambda n: bytes([7]) * n,
    )
    one, two = (sealer.seal(BOB_KEY, public_of(BOB), b"x") for _ in range(2))
    assert one == two
