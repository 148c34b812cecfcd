"""
A query's filters: who is to answer. Each is a type byte and a msgpack value.
"""

from typing import Any

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.fields import (
    MAX_ITEMS,
    checked_name,
    pack,
    pack_value,
    raw,
    raw_name,
    text,
    unpack,
    unpack_value,
)
from gossipchat.wire.serf.messages import Filter, NodeFilter, TagFilter, UnknownFilter

NODE = 0
TAG = 1


def write_filter(wanted: Filter) -> bytes:
    """Raises UsageError for an empty one, into which peers look without asking."""
    match wanted:
        case NodeFilter(names):
            if len(names) > MAX_ITEMS:
                raise UsageError(f"a filter has at most {MAX_ITEMS} names")
            return bytes([NODE]) + pack_value([raw_name(member) for member in names])
        case TagFilter(tag, expression):
            return bytes([TAG]) + pack({"Expr": raw(expression), "Tag": raw(tag)})
        case UnknownFilter(body):
            if not body:
                raise UsageError("an empty filter can't be sent")
            return body


def read_filter(body: Any) -> Filter:
    """
    The filter in *body*; one that can't be read matches nobody, as in Serf.

    Raises DecodeError for an empty one.
    """
    if type(body) is not bytes or not body:
        raise DecodeError("filter", body, "a type byte and a value")
    try:
        if body[0] == NODE:
            return _read_names(unpack_value(body[1:]))
        if body[0] == TAG:
            fields = unpack(body[1:])
            return TagFilter(text(fields, b"Tag"), text(fields, b"Expr"))
    except DecodeError:
        pass
    return UnknownFilter(body)


def _read_names(names: Any) -> NodeFilter:
    if type(names) is not list:
        raise DecodeError("filter", names, "a list of names")
    return NodeFilter(tuple(checked_name("filter", member) for member in names))
