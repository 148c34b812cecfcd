"""
Our own datagrams in memberlist's clothes: an ack of sequence number 0.

Sequence numbers begin at 1, so no memberlist waits for that ack, and an ack that
nobody waits for is dropped in silence (a message of an unknown type, or a user
message that Serf does not know, would be complained about in an agent's log). Its
payload is ``"gc"``, a version byte, and a msgpack array [kind, sender, *fields]:

| kind | datagram | fields |
|---|---|---|
| 0 | DigestTold | digest bin 32, answer bool |
| 1 | DialBack | asker bin 32, target bin 32 |
| 2 | HasUpTo | author bin 32, epoch, end |
| 3 | HasAsked | author bin 32, epoch, seq |
| 4 | Heal | as over a link (``membership_forms``) |
| 5 | Claims | as over a link |

Newer nodes may add kinds, and fields behind these; of another version nothing is read.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgpack

from gossipchat.errors import DecodeError, UsageError
from gossipchat.names import MAX_EPOCH, AuthorKey, FeedId
from gossipchat.wire.ours.datagrams import (
    Datagram,
    DialBack,
    DigestTold,
    HasAsked,
    HasUpTo,
    Own,
    UnknownDatagram,
)
from gossipchat.wire.ours.frame_fields import MAX_SEQ, boolean, integer, key
from gossipchat.wire.ours.membership_forms import FORMS
from gossipchat.wire.ours.membership_frames import Claims, Heal

UNUSED_SEQ_NO = 0
MARK = b"gc"
VERSION = 1
MAX_OWN_BYTES = 1024
"""Of a payload; with label and encryption it stays below one packet."""


def is_own(seq_no: int, payload: bytes | None) -> bool:
    """Whether an ack is none, but one of these."""
    return seq_no == UNUSED_SEQ_NO and payload is not None and payload.startswith(MARK)


def write_own(own: Own) -> bytes:
    """The payload. Raises UsageError when it is outside the bounds readers check."""
    form = _FORM_OF.get(type(own.datagram))
    if form is None:
        raise UsageError(f"{type(own.datagram).__name__} can't be sent")
    fields = form.write(own.datagram)
    try:
        form.read(*fields)
        body: bytes = msgpack.packb([form.kind, key("sender", own.sender), *fields])
    except DecodeError as problem:
        name = form.datagram.__name__
        raise UsageError(f"{name} can't be sent: {problem}") from None
    payload = MARK + bytes([VERSION]) + body
    if len(payload) > MAX_OWN_BYTES:
        raise UsageError(f"{len(payload)} bytes are too many for one datagram")
    return payload


def read_own(payload: bytes) -> Own:
    """What :func:`write_own` wrote. Raises DecodeError."""
    if payload[len(MARK) : len(MARK) + 1] != bytes([VERSION]):
        return Own(NOBODY, UnknownDatagram(-1))
    if len(payload) > MAX_OWN_BYTES:
        raise DecodeError("datagram", len(payload), f"at most {MAX_OWN_BYTES} bytes")
    fields = _unpack(payload[len(MARK) + 1 :])
    if type(fields) is not list or len(fields) < 2:
        raise DecodeError("datagram", payload, "an array with kind and sender")
    kind = integer("datagram kind", fields[0], 0, 2**32)
    sender = AuthorKey(key("sender", fields[1]))
    form = _FORMS.get(kind)
    if form is None:
        return Own(sender, UnknownDatagram(kind))
    given = fields[2 : 2 + form.fields]
    if len(given) < form.fields:
        raise DecodeError(form.datagram.__name__, len(given), f"{form.fields} fields")
    return Own(sender, form.read(*given))


NOBODY = AuthorKey(bytes(32))
"""The sender of what can't be read."""


def _unpack(body: bytes) -> Any:
    try:
        return msgpack.unpackb(body, ext_hook=lambda code, content: None)
    except (ValueError, TypeError):
        raise DecodeError("datagram", body, "one msgpack array") from None


def _feed(author: object, epoch: object) -> FeedId:
    number = integer("epoch", epoch, 0, MAX_EPOCH)
    return FeedId(AuthorKey(key("author", author)), number)


class _Form(NamedTuple):
    kind: int
    datagram: type
    fields: int
    write: Callable[[Any], list[object]]
    read: Callable[..., Datagram]


AS_OVER_LINKS: dict[type, int] = {Heal: 4, Claims: 5}

_FORMS = {
    form.kind: form
    for form in (
        *(
            _Form(AS_OVER_LINKS[frame], frame, fields, write, read)
            for _, frame, fields, write, read in FORMS
            if frame in AS_OVER_LINKS
        ),
        _Form(
            0,
            DigestTold,
            2,
            lambda told: [told.digest, told.answer],
            lambda digest, answer: DigestTold(
                key("digest", digest), boolean("answer", answer)
            ),
        ),
        _Form(
            1,
            DialBack,
            2,
            lambda back: [back.asker, back.target],
            lambda asker, target: DialBack(
                AuthorKey(key("asker", asker)), AuthorKey(key("target", target))
            ),
        ),
        _Form(
            2,
            HasUpTo,
            3,
            lambda told: [*told.feed, told.end],
            lambda author, epoch, end: HasUpTo(
                _feed(author, epoch), integer("end", end, 0, MAX_SEQ)
            ),
        ),
        _Form(
            3,
            HasAsked,
            3,
            lambda asked: [*asked.feed, asked.seq],
            lambda author, epoch, seq: HasAsked(
                _feed(author, epoch), integer("seq", seq, 1, MAX_SEQ)
            ),
        ),
    )
}
_FORM_OF = {form.datagram: form for form in _FORMS.values()}
