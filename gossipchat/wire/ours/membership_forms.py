"""
How swim's link frames are written and read; ``frame_codec`` takes them from here.

| type | frame | fields |
|---|---|---|
| 32 | Heal | nonce bin 8, [[name, incarnation], ...], everyone |
| 33 | Claims | [[name, incarnation, digest bin 8], ...] |
| 34 | ClaimsWanted | [name, ...] |
| 35 | Told | [memberlist message bin, ...] |
| 36 | Verify | nonce bin 8, name, incarnation |
| 37 | Verified | nonce bin 8, gone |
"""

from collections.abc import Callable
from typing import Any

from gossipchat.errors import DecodeError
from gossipchat.wire.ours.frame_fields import boolean, integer, items, read_name
from gossipchat.wire.ours.membership_frames import (
    DIGEST_BYTES,
    MAX_BRIEFS,
    MAX_INCARNATION,
    MAX_NAMED,
    MAX_TOLD,
    MAX_TOLD_BYTES,
    NONCE_BYTES,
    Brief,
    Claims,
    ClaimsWanted,
    Heal,
    Told,
    Verified,
    Verify,
)


def _fixed(where: str, value: object, length: int) -> bytes:
    if type(value) is bytes and len(value) == length:
        return value
    raise DecodeError(where, value, f"{length} bytes")


def _incarnation(value: object) -> int:
    return integer("incarnation", value, 0, MAX_INCARNATION)


def _row(where: str, value: object, length: int) -> list[Any]:
    row = items(where, value, 16)
    if len(row) < length:
        raise DecodeError(where, row, f"{length} fields")
    return row


def _read_heal(nonce: object, named: object, everyone: object) -> Heal:
    rows = [_row("named", row, 2) for row in items("named", named, MAX_NAMED)]
    return Heal(
        _fixed("nonce", nonce, NONCE_BYTES),
        tuple((read_name(row[0]), _incarnation(row[1])) for row in rows),
        boolean("everyone", everyone),
    )


def _read_claims(briefs: object) -> Claims:
    rows = [_row("brief", row, 3) for row in items("briefs", briefs, MAX_BRIEFS)]
    return Claims(
        tuple(
            Brief(
                read_name(row[0]),
                _incarnation(row[1]),
                _fixed("digest", row[2], DIGEST_BYTES),
            )
            for row in rows
        )
    )


def _read_told(messages: object) -> Told:
    told = items("messages", messages, MAX_TOLD)
    for message in told:
        if type(message) is not bytes or not 0 < len(message) <= MAX_TOLD_BYTES:
            raise DecodeError("message", message, f"up to {MAX_TOLD_BYTES} bytes")
    return Told(tuple(told))


Form = tuple[int, type, int, Callable[[Any], list[object]], Callable[..., Any]]

FORMS: tuple[Form, ...] = (
    (
        32,
        Heal,
        3,
        lambda heal: [heal.nonce, [list(row) for row in heal.named], heal.everyone],
        _read_heal,
    ),
    (
        33,
        Claims,
        1,
        lambda told: [[[one.name, one.incarnation, one.digest] for one in told.briefs]],
        _read_claims,
    ),
    (
        34,
        ClaimsWanted,
        1,
        lambda wanted: [list(wanted.names)],
        lambda names: ClaimsWanted(
            tuple(map(read_name, items("names", names, MAX_BRIEFS)))
        ),
    ),
    (35, Told, 1, lambda told: [list(told.messages)], _read_told),
    (
        36,
        Verify,
        3,
        lambda asked: [asked.nonce, asked.name, asked.incarnation],
        lambda nonce, name, incarnation: Verify(
            _fixed("nonce", nonce, NONCE_BYTES),
            read_name(name),
            _incarnation(incarnation),
        ),
    ),
    (
        37,
        Verified,
        2,
        lambda found: [found.nonce, found.gone],
        lambda nonce, gone: Verified(
            _fixed("nonce", nonce, NONCE_BYTES), boolean("gone", gone)
        ),
    ),
)
"""(type on the wire, frame, fields, write, read)"""
