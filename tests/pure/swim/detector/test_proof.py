"""A process's death is proven, or not."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from gossipchat.swim.detector.prober import PingStream
from gossipchat.swim.events import (
    Effect,
    FrameHeard,
    LinkLost,
    LinkMade,
    OpenStream,
    SendOverLinks,
    StreamAnswered,
    StreamFailed,
)
from gossipchat.wire.memberlist.codec import encode
from gossipchat.wire.memberlist.messages import Ack, Dead, IndirectPing, Ping
from gossipchat.wire.ours.membership_frames import Told, Verified, Verify
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    ME,
    Driven,
    address_of,
    alive,
    dead,
    key_of,
    of_kind,
    plainly_detecting,
    proven,
    quiet,
    secret_of,
    sent_to,
)

PROOF = replace(quiet(plainly_detecting()), proof_of_death=True)
OTHERS = ("anna", "carl", "dora")
KEYS = {name: key_of(secret_of(name)) for name in (BOB, *OTHERS)}
NONCE = b"12345678"


def linked(*others: str, proof: bool = True) -> Driven:
    """A node that knows bob and *others* and has links to all of them."""
    node = Driven(replace(PROOF, proof_of_death=proof)).start()
    node.hear(*(alive(name, meta=proven(name)) for name in (BOB, *others)))
    for name in (BOB, *others):
        node.feed(LinkMade(KEYS[name]))
    return node


def asked(effects: Iterable[Effect]) -> list[SendOverLinks]:
    """Who was asked to test the same."""
    said = of_kind(effects, SendOverLinks)
    return [one for one in said if isinstance(one.frame, Verify)]


def lose_bob(node: Driven, refused: bool = True) -> tuple[list[Effect], Verify | None]:
    """The link to bob ends without a word; connections are *refused*."""
    effects = node.feed(LinkLost(KEYS[BOB], meant=False))
    stream = of_kind(effects, OpenStream)[0]
    assert stream.to == address_of(BOB)
    effects += node.feed(StreamFailed(stream.stream, "…", refused))
    verifies = asked(effects)
    frame = verifies[0].frame if verifies else None
    assert frame is None or isinstance(frame, Verify)
    return effects, frame


def find(node: Driven, verify: Verify, **found: bool) -> None:
    """What the others find: gone or not."""
    for name, gone in found.items():
        node.feed(FrameHeard(KEYS[name], Verified(verify.nonce, gone)))


def test_all_who_are_asked_find_it_gone() -> None:
    """Dead at the known incarnation, told over all links and by UDP at once."""
    node = linked(*OTHERS)
    _, verify = lose_bob(node)
    assert verify is not None
    assert verify.incarnation == 1
    find(node, verify, anna=True, carl=True, dora=True)
    assert node.status(BOB) is ALIVE  # the pings still have their time
    effects = node.advance(0.2)
    assert node.status(BOB) is DEAD
    verdict = Dead(1, BOB, ME)
    assert SendOverLinks(Told((encode(verdict),))) in effects
    told = [to for to, message in sent_to(effects) if message == verdict]
    assert {address_of(name) for name in OTHERS} <= set(told)


def test_one_who_finds_it_there_saves_it() -> None:
    """A firewall between two members kills nobody."""
    node = linked(*OTHERS)
    _, verify = lose_bob(node)
    assert verify is not None
    find(node, verify, anna=True, carl=False, dora=True)
    node.advance(0.9)
    assert node.status(BOB) is ALIVE


def test_an_answer_to_either_ping_saves_it() -> None:
    """Though connections are refused."""
    node = linked(*OTHERS)
    effects, verify = lose_bob(node)
    assert verify is not None
    find(node, verify, anna=True, carl=True, dora=True)
    effects += node.advance(0.1)
    pings = [
        message
        for to, message in sent_to(effects)
        if isinstance(message, Ping) and to == address_of(BOB)
    ]
    assert len(pings) == 2
    node.hear(Ack(pings[1].seq_no), source=address_of(BOB))
    node.advance(0.8)
    assert node.status(BOB) is ALIVE


def test_who_is_reached_by_one_without_a_link_is_not_gone() -> None:
    """A firewall around it lets somebody through, who is asked to ping it."""
    for reached in (True, False):
        node = linked(*OTHERS)
        node.hear(alive("emma", meta=proven("emma")))
        effects, verify = lose_bob(node)
        assert verify is not None
        requests = [
            (to, message)
            for to, message in sent_to(effects)
            if isinstance(message, IndirectPing)
        ]
        assert [to for to, _ in requests] == [address_of("emma")]
        if reached:
            node.hear(Ack(requests[0][1].seq_no), source=address_of("emma"))
        find(node, verify, anna=True, carl=True, dora=True)
        node.advance(0.2)
        assert node.status(BOB) is (ALIVE if reached else DEAD)


@pytest.mark.parametrize("answer", ["accepted", "timed out"])
def test_only_a_refusal_proves(answer: str) -> None:
    """An accept, a time-out, "unreachable": nobody is asked."""
    node = linked(*OTHERS)
    effects = node.feed(LinkLost(KEYS[BOB], meant=False))
    stream = of_kind(effects, OpenStream)[0].stream
    if answer == "accepted":
        effects = node.feed(StreamAnswered(stream, Ack(1)))
    else:
        effects = node.feed(StreamFailed(stream, answer))
    assert asked(effects) == []
    node.advance(0.9)
    assert node.status(BOB) is ALIVE


def test_nobody_to_ask_no_proof() -> None:
    """Two members: it may be me."""
    node = linked()
    _, verify = lose_bob(node)
    assert verify is None
    node.advance(0.9)
    assert node.status(BOB) is ALIVE


def test_one_is_enough_where_there_is_no_third() -> None:
    """Three members."""
    node = linked("anna")
    _, verify = lose_bob(node)
    assert verify is not None
    find(node, verify, anna=True)
    node.advance(0.2)
    assert node.status(BOB) is DEAD


def test_one_of_many_is_not_enough() -> None:
    """The others say nothing: it may be me."""
    node = linked(*OTHERS)
    _, verify = lose_bob(node)
    assert verify is not None
    find(node, verify, anna=True)
    node.advance(0.9)
    assert node.status(BOB) is ALIVE


def test_a_link_that_is_closed_is_no_evidence() -> None:
    """CLOSE was said: replaced, full, leaving."""
    node = linked(*OTHERS)
    assert node.feed(LinkLost(KEYS[BOB], meant=True)) == []


def test_off_no_evidence_counts() -> None:
    """memberlist has none."""
    node = linked(*OTHERS, proof=False)
    assert node.feed(LinkLost(KEYS[BOB], meant=False)) == []


def test_a_refused_tcp_ping_is_evidence() -> None:
    """Of the probe's fallback."""
    node = linked(*OTHERS)
    effects: list[Effect] = []
    while not of_kind(effects, OpenStream):
        effects = node.advance(0.5)
    stream = of_kind(effects, OpenStream)[0]
    assert isinstance(stream.stream, PingStream)
    effects = node.feed(StreamFailed(stream.stream, "refused", refused=True))
    assert of_kind(effects, OpenStream)[0].to == stream.to


def test_who_is_asked_tests_and_answers() -> None:
    """Gone, when it is refused and both pings had their time."""
    node = linked(*OTHERS)
    verify = Verify(NONCE, BOB, 1)
    effects = node.feed(FrameHeard(KEYS["anna"], verify))
    stream = of_kind(effects, OpenStream)[0].stream
    node.feed(StreamFailed(stream, "refused", refused=True))
    answer = SendOverLinks(Verified(NONCE, True), (KEYS["anna"],))
    assert answer in node.advance(0.2)
    assert node.status(BOB) is ALIVE


def test_of_another_incarnation_nothing_is_confirmed() -> None:
    """It has restarted, or refuted."""
    node = linked(*OTHERS)
    effects = node.feed(FrameHeard(KEYS["anna"], Verify(NONCE, BOB, 2)))
    assert effects == [SendOverLinks(Verified(NONCE, False), (KEYS["anna"],))]


def test_a_proven_death_is_believed_and_told_on() -> None:
    """Over the other links; who has a link to the member asks it instead."""
    node = linked(*OTHERS)
    told = Told((encode(dead(BOB, by="anna")),))
    node.feed(FrameHeard(KEYS["anna"], told))
    assert node.status(BOB) is ALIVE
    node.feed(LinkLost(KEYS[BOB], meant=False))
    effects = node.feed(FrameHeard(KEYS["anna"], told))
    assert node.status(BOB) is DEAD
    assert SendOverLinks(told, but=KEYS["anna"]) in effects


def test_a_link_is_of_the_name_by_which_its_key_lives() -> None:
    """Not of the one that its node had before."""
    node = Driven(PROOF).start()
    secret = secret_of(BOB)
    node.hear(alive("before", meta=proven("before", secret)), dead("before"))
    node.hear(alive(BOB, meta=proven(BOB)))
    node.feed(LinkMade(KEYS[BOB]))
    effects = node.feed(LinkLost(KEYS[BOB], meant=False))
    assert [stream.to for stream in of_kind(effects, OpenStream)] == [address_of(BOB)]
