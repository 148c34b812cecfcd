"""
Serf's network coordinate, which an ack brings along: ``01`` and a struct.

Nodes add a field of their own to the struct, ``gc``: the mark of their view of the
members. Agents skip what they don't know.
"""

from math import isfinite
from typing import Any

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.fields import Fields, pack, unpack
from gossipchat.wire.serf.messages import Coordinate

VERSION = 1
DIMENSIONS = 8
VIEW = "gc"
_VIEW_KEY = VIEW.encode()
MAX_VIEW_BYTES = 32


def encode_coordinate(coordinate: Coordinate, view: bytes = b"") -> bytes:
    """
    The payload of an ack, with the mark of our *view* if there is one.

    Raises UsageError for what a peer would not take.
    """
    numbers = (coordinate.adjustment, coordinate.error, coordinate.height)
    if len(coordinate.vec) != DIMENSIONS or not all(
        map(isfinite, (*coordinate.vec, *numbers))
    ):
        raise UsageError(f"{coordinate} is no place among {DIMENSIONS} dimensions")
    fields = {
        "Adjustment": float(coordinate.adjustment),
        "Error": float(coordinate.error),
        "Height": float(coordinate.height),
        "Vec": [float(axis) for axis in coordinate.vec],
    }
    return bytes([VERSION]) + pack({**fields, VIEW: view} if view else fields)


def view_in(payload: bytes) -> bytes:
    """The mark of its sender's view in an ack's *payload*; empty: there is none."""
    try:
        return _view(unpack(payload[1:]))
    except DecodeError:
        return b""


def _view(fields: Fields) -> bytes:
    view = fields.get(_VIEW_KEY, b"")
    return view if type(view) is bytes and len(view) <= MAX_VIEW_BYTES else b""


def decode_coordinate(payload: bytes) -> Coordinate:
    """
    The coordinate in an ack's *payload*. Raises DecodeError.

    Many acks have none (None or empty): those are not for this function.
    """
    return decode_place(payload)[0]


def decode_place(payload: bytes) -> tuple[Coordinate, bytes]:
    """The coordinate and the mark (``view_in``) in one look. Raises DecodeError."""
    if payload[:1] != bytes([VERSION]):
        raise DecodeError("coordinate", payload[:1], f"version {VERSION}")
    fields = unpack(payload[1:])
    axes = fields.get(b"Vec")
    if type(axes) is not list or len(axes) != DIMENSIONS:
        raise DecodeError("Vec", axes, f"{DIMENSIONS} numbers")
    there = Coordinate(
        vec=tuple([_finite("Vec", axis) for axis in axes]),
        error=_field(fields, b"Error"),
        adjustment=_field(fields, b"Adjustment"),
        height=_field(fields, b"Height"),
    )
    return there, _view(fields)


def _field(fields: Fields, key: bytes) -> float:
    return _finite(key.decode(), fields.get(key, 0.0))


def _finite(where: str, value: Any) -> float:
    if (type(value) is float or type(value) is int) and isfinite(value):
        return float(value)
    raise DecodeError(where, value, "a finite number")
