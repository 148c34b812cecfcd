"""The tag gc, and what names are pinned to."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gossipchat.errors import DecodeError
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.membership.identity import (
    TAG,
    Identities,
    check_identity_tag,
    identity_tag,
)
from gossipchat.wire.memberlist.messages import MAX_META_BYTES
from gossipchat.wire.serf.codec import encode_tags
from tests.pure.swim.builders import BOB, key_of, secret_of

SECRET = secret_of("bob")
KEY, OTHER_KEY = key_of(SECRET), key_of(secret_of("eve"))
DAY = 86_400.0


def test_the_tag_has_this_form_for_ever() -> None:
    """``1.`` and base64url of key and signature: other versions must read it."""
    value = identity_tag(SECRET, BOB, b"lab")
    raw = urlsafe_b64decode(value[2:])
    assert value.startswith("1.")
    assert raw[:32] == KEY
    said = b"gossipchat identity 1\0" + b"\0\3bob" + b"lab"
    SECRET.public_key().verify(raw[32:], said)


def test_a_proof_is_for_one_name_and_one_cluster() -> None:
    """Nobody else can wear it."""
    value = identity_tag(SECRET, BOB, b"lab")
    assert check_identity_tag(value, BOB, b"lab") == KEY
    for name, label in (("bo", b"blab"), ("bob", b""), ("eve", b"lab")):
        with pytest.raises(DecodeError):
            check_identity_tag(value, NodeName(name), label)


def test_a_tag_leaves_room_for_others() -> None:
    """512 bytes are all that tags have."""
    meta = encode_tags({TAG: identity_tag(SECRET, BOB, b"")})
    assert len(meta) <= MAX_META_BYTES - 370


@given(st.text(max_size=200))
def test_nonsense_is_refused(value: str) -> None:
    """Never anything but DecodeError."""
    with pytest.raises(DecodeError):
        check_identity_tag(value, BOB, b"")


@given(st.binary(min_size=96, max_size=96))
def test_a_made_up_proof_is_refused(proof: bytes) -> None:
    """The right length is not enough."""
    with pytest.raises(DecodeError):
        check_identity_tag("1." + urlsafe_b64encode(proof).decode(), BOB, b"")


def test_a_tag_is_checked_once() -> None:
    """Even when it is wrong: 100 µs a check is what a flood would cost us."""
    identities = Identities(SwimConfig.lan(), b"", {})
    good = {TAG: identity_tag(SECRET, BOB, b"")}
    bad = {TAG: identity_tag(SECRET, NodeName("eve"), b"")}
    for _ in range(2):
        assert identities.key_in(BOB, good) == KEY
        assert identities.key_in(BOB, bad) is None
    assert len(identities._checked) == 2


def test_what_was_checked_is_bounded() -> None:
    """As many tags as members."""
    identities = Identities(SwimConfig(max_members=10), b"", {})
    for number in range(50):
        identities.key_in(BOB, {TAG: f"1.{number}"})
    assert len(identities._checked) == 10


def test_without_the_tag_there_is_no_key() -> None:
    """A Serf agent."""
    identities = Identities(SwimConfig.lan(), b"", {})
    assert identities.key_in(BOB, {"role": "web"}) is None


def test_the_first_key_is_pinned_until_a_week_after_its_owners_life() -> None:
    """Then the name is free."""
    identities = Identities(SwimConfig.lan(), b"", {})
    identities.saw_alive(BOB, KEY, now=0.0)
    identities.saw_alive(BOB, KEY, now=DAY)
    assert identities.pinned(BOB, 8 * DAY) == KEY
    assert identities.pinned(BOB, 8 * DAY + 1) is None
    identities.saw_alive(BOB, OTHER_KEY, 9 * DAY)
    assert identities.pinned(BOB, 9 * DAY) == OTHER_KEY


def test_pins_from_the_disk_count_from_the_start() -> None:
    """Where no date was kept."""
    identities = Identities(SwimConfig.lan(), b"", {BOB: KEY})
    identities.begin(now=1000.0)
    assert identities.pinned(BOB, 1000.0 + 7 * DAY) == KEY
    assert identities.pinned(BOB, 1001.0 + 7 * DAY) is None


def test_unpinned_is_free() -> None:
    """``forget`` does this."""
    identities = Identities(SwimConfig.lan(), b"", {BOB: KEY})
    identities.unpin(BOB)
    assert identities.pinned(BOB, 0.0) is None


def test_a_flood_of_names_washes_out_no_pins() -> None:
    """Known members stay protected; the made-up ones find no room."""
    identities = Identities(SwimConfig(max_members=10), b"", {BOB: KEY})
    for number in range(50):
        identities.saw_alive(NodeName(f"fake-{number}"), OTHER_KEY, 1.0)
    assert identities.pinned(BOB, 1.0) == KEY
    assert len(identities._pins) == 10
    identities.drop_expired(8 * DAY)
    assert len(identities._pins) == 0
