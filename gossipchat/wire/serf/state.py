"""
Serf's part of a push/pull: its clocks, who has left, the recent events.

The events are the sender's ring as it stands, 512 slots with nil for the free ones:
a fresh node's state is 595 bytes.
"""

from types import NoneType
from typing import Any

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import NodeName
from gossipchat.wire.cursor import Cursor
from gossipchat.wire.fields import (
    U64,
    blob_or_nil,
    checked_name,
    number,
    pack,
    pack_value,
    raw,
    raw_name,
    text,
    uint,
    unpack_value,
)
from gossipchat.wire.limits import (
    MAX_NODES,
    MAX_USER_MESSAGE_BYTES,
    MAX_USER_STATE_BYTES,
)
from gossipchat.wire.serf.messages import EVENT_SLOTS, EventsAt, SerfState

STATE = 2

MAX_EVENTS = 8_192
"""Slots of a ring, and events in it: Serf's has 512 slots and hardly ever two events
in one, but users of its library may set another size."""

MAX_STATE_FIELDS = 32

NO_EVENTS = pack_value([None] * EVENT_SLOTS)
"""A ring of Serf's size in which nothing is: nearly every one."""


def encode_state(state: SerfState) -> bytes:
    """The user state, with its type byte. Raises UsageError."""
    statuses = {
        raw_name(member): number("StatusLTimes", ltime, U64)
        for member, ltime in state.status_ltimes.items()
    }
    body = pack(
        {
            "LTime": number("LTime", state.ltime, U64),
            "StatusLTimes": statuses,
            "LeftMembers": [raw_name(member) for member in state.left_members],
            "EventLTime": number("EventLTime", state.event_ltime, U64),
            "Events": _ring(state.events),
            "QueryLTime": number("QueryLTime", state.query_ltime, U64),
        }
    )
    if len(body) >= MAX_USER_STATE_BYTES:
        raise UsageError(f"{len(body)} bytes are too many for a user state")
    return bytes([STATE]) + body


def _ring(events: tuple[EventsAt, ...]) -> list[object]:
    ring: list[object] = [None] * EVENT_SLOTS
    for at in events:
        slot = number("LTime", at.ltime, U64) % EVENT_SLOTS
        if ring[slot] is not None:
            raise UsageError(f"two lots of events for slot {slot} of the ring")
        ring[slot] = {
            "Events": [
                {"Name": raw(name), "Payload": payload} for name, payload in at.events
            ],
            "LTime": at.ltime,
        }
    return ring


def decode_state(body: bytes) -> SerfState:
    """The state in *body*, its type byte first. Raises DecodeError."""
    if len(body) > MAX_USER_STATE_BYTES:
        raise DecodeError("user state", f"{len(body)} bytes", "20 MiB at most")
    clocks: dict[Any, Any] = {}
    statuses: dict[NodeName, int] = {}
    left: tuple[NodeName, ...] = ()
    events: tuple[EventsAt, ...] = ()
    cursor = Cursor(body, start=1)
    for _ in range(cursor.map("user state", MAX_STATE_FIELDS)):
        match cursor.leaf("user state"):
            case b"LTime" | b"EventLTime" | b"QueryLTime" as key:
                clocks[key] = cursor.leaf(key.decode())
            case b"StatusLTimes":
                statuses = _read_statuses(cursor)
            case b"LeftMembers":
                left = _read_left(cursor)
            case b"Events":
                events = _read_ring(cursor)
            case _:
                cursor.piece("user state")
    return SerfState(
        ltime=uint(clocks, b"LTime", U64),
        status_ltimes=statuses,
        left_members=left,
        event_ltime=uint(clocks, b"EventLTime", U64),
        events=events,
        query_ltime=uint(clocks, b"QueryLTime", U64),
    )


def _read_statuses(cursor: Cursor) -> dict[NodeName, int]:
    statuses = {}
    for member, ltime in cursor.pairs("StatusLTimes", MAX_NODES):
        if type(ltime) is not int or not 0 <= ltime <= U64:
            ltime = uint({b"StatusLTimes": ltime}, b"StatusLTimes", U64)
        statuses[checked_name("StatusLTimes", member)] = ltime
    return statuses


def _read_left(cursor: Cursor) -> tuple[NodeName, ...]:
    return tuple(
        checked_name("LeftMembers", cursor.leaf("LeftMembers"))
        for _ in range(cursor.array("LeftMembers", MAX_NODES))
    )


def _read_ring(cursor: Cursor) -> tuple[EventsAt, ...]:
    if cursor.passes(NO_EVENTS):
        return ()
    ring = []
    left = MAX_EVENTS
    for _ in range(cursor.array("Events", MAX_EVENTS)):
        if cursor.is_nil("Events"):
            continue
        slot = _read_events(cursor.piece("Events"))
        left -= len(slot.events)
        if left < 0:
            raise DecodeError("Events", "more", f"at most {MAX_EVENTS}")
        ring.append(slot)
    return tuple(ring)


def _read_events(slot: bytes) -> EventsAt:
    """Events are short, but several may have one time."""
    if len(slot) > MAX_USER_MESSAGE_BYTES:
        raise DecodeError("Events", f"{len(slot)} bytes at one time", "64 KiB at most")
    fields = unpack_value(slot)
    if type(fields) is not dict or type(fields.get(b"Events")) not in (list, NoneType):
        raise DecodeError("Events", slot, "LTime and Events")
    events = fields.get(b"Events") or []
    if not all(type(event) is dict for event in events):
        raise DecodeError("Events", slot, "events with Name and Payload")
    return EventsAt(
        uint(fields, b"LTime", U64),
        tuple(
            (text(event, b"Name"), blob_or_nil(event, b"Payload")) for event in events
        ),
    )
