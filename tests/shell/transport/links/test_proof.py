"""A proof holds for one connection, one pair, one direction, one key."""

import hashlib
import hmac

import pytest

from gossipchat.names import AuthorKey
from gossipchat.transport.links.proof import key_proven, prove

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
EXPORTED = b"e" * 32
ALICE = AuthorKey(b"a" * 32)
BOB = AuthorKey(b"b" * 32)
CAROL = AuthorKey(b"c" * 32)


def proven(
    mac: bytes,
    keys: tuple[bytes, ...] = (KEY,),
    exported: bytes = EXPORTED,
    sender: AuthorKey = ALICE,
    receiver: AuthorKey = BOB,
    dials: bool = True,
) -> bytes | None:
    return key_proven(keys, mac, exported, sender, receiver, dials=dials)


ALICES = prove(KEY, EXPORTED, ALICE, BOB, dials=True)


def test_a_right_proof_tells_the_key() -> None:
    """Any key of the ring will do; which one is remembered."""
    assert proven(ALICES, (OTHER_KEY, KEY)) == KEY


@pytest.mark.parametrize(
    "verdict",
    [
        pytest.param(proven(ALICES, (OTHER_KEY,)), id="another cluster key"),
        pytest.param(proven(ALICES, (b"",)), id="an open cluster"),
        pytest.param(proven(ALICES, exported=b"x" * 32), id="another connection"),
        pytest.param(proven(ALICES, sender=CAROL), id="passed on by a third"),
        pytest.param(proven(ALICES, receiver=CAROL), id="meant for a third"),
        pytest.param(proven(ALICES, dials=False), id="from the other role"),
        pytest.param(
            proven(ALICES, sender=BOB, receiver=ALICE, dials=False), id="sent back"
        ),
        pytest.param(proven(ALICES[:-1]), id="cut"),
        pytest.param(proven(b""), id="empty"),
    ],
)
def test_a_proof_proves_nothing_else(verdict: bytes | None) -> None:
    """It can be neither passed on nor sent back."""
    assert verdict is None


def test_the_bytes_are_what_the_documentation_says() -> None:
    """HMAC-SHA256 over domain, exporter, both keys and the role."""

    said = b"gossipchat link 1\0" + EXPORTED + ALICE + BOB + b"\0"
    assert hmac.new(KEY, said, hashlib.sha256).digest() == ALICES
