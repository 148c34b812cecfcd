"""
Push/pulls: all members and Serf's state in one body.
"""

from dataclasses import replace

import msgpack
import pytest
from hypothesis import given

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import Address, NodeName
from gossipchat.wire.limits import MAX_NODES, MAX_USER_STATE_BYTES
from gossipchat.wire.memberlist.messages import OUR_VSN, NodeState, PushPull, State
from gossipchat.wire.memberlist.push_pull import decode_push_pull, encode_push_pull
from tests.pure.wire import strategies

NODE = NodeState(NodeName("n"), Address("127.0.0.1", 1), b"", 1, State.ALIVE, OUR_VSN)


def member(**changed: object) -> bytes:
    fields = {"Name": "n", "Addr": b"\x7f\0\0\1", "Port": 1, "Incarnation": 1}
    fields |= {"State": 0, "Vsn": bytes(OUR_VSN)}
    packed: bytes = msgpack.packb({**fields, **changed}, use_bin_type=False)
    return packed


def header(nodes: object, state_bytes: object = 0) -> bytes:
    fields = {"Join": True, "Nodes": nodes, "UserStateLen": state_bytes}
    packed: bytes = msgpack.packb(fields, use_bin_type=False)
    return b"\x06" + packed


@given(strategies.push_pulls)
def test_what_goes_out_comes_back(message: PushPull) -> None:
    """Members in their order, the state as it is."""
    assert decode_push_pull(encode_push_pull(message)) == message


def test_a_malformed_member_is_left_out_alone() -> None:
    """And counted; an exchange must not fail for what a third one said."""
    entries = [
        member(),
        member(Vsn=b"\1\2\3"),
        member(Addr=b""),
        member(State=4),
        member(Name=""),
        member(Meta=bytes(513)),
        member(New="x" * 4096),
        b"\x05",
        b"\x97\xa1n\xa4\x7f\0\0\1\1\xa0\1\0\xa6" + bytes(OUR_VSN),
    ]
    message = decode_push_pull(header(len(entries), 5) + b"".join(entries) + b"state")
    assert message == PushPull(True, (NODE, NODE), b"state", refused=7)


def test_what_comes_behind_the_state_is_ignored() -> None:
    """As memberlist does."""
    message = decode_push_pull(header(1, 2) + member() + b"ab" + b"junk")
    assert message == PushPull(True, (NODE,), b"ab")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"\x06", "push/pull header"),
        (b"\x06\xc1", "push/pull header"),
        (b"\x06\x01", "push/pull header"),
        (header(-1), "Nodes"),
        (header(MAX_NODES + 1), "Nodes"),
        (header(2**40), "Nodes"),
        (header(0, -1), "UserStateLen"),
        (header(0, MAX_USER_STATE_BYTES + 1), "UserStateLen"),
        (header(2) + member(), "member"),
        (header(1) + b"\xc1", "member"),
        (header(0, 2) + b"a", "user state"),
    ],
)
def test_what_can_t_be_read_to_its_end_is_refused(body: bytes, where: str) -> None:
    """Before anything is allocated for it."""
    with pytest.raises(DecodeError) as refusal:
        decode_push_pull(body)
    assert refusal.value.where == where


@pytest.mark.parametrize(
    "message",
    [
        PushPull(True, (NODE,) * (MAX_NODES + 1)),
        PushPull(True, (), bytes(MAX_USER_STATE_BYTES + 1)),
        PushPull(True, (replace(NODE, name=NodeName("")),)),
        PushPull(True, (replace(NODE, meta=bytes(513)),)),
        PushPull(True, (replace(NODE, vsn=(0,)),)),  # type: ignore[arg-type]
    ],
)
def test_what_could_harm_a_peer_never_goes_out(message: PushPull) -> None:
    """UsageError, and nothing has been sent."""
    with pytest.raises(UsageError):
        encode_push_pull(message)
