"""
Link frames as bytes: ``length u32be | msgpack array [type, *fields]``.

| type | frame | fields |
|---|---|---|
| 0 | Proof | version, mac bin 32, name |
| 1 | Vector | holdings, last |
| 2 | Want | holdings, urgent |
| 3 | Runs | [run bin, ...] |
| 4 | Note | holdings |
| 5 | Graft | [author bin 32, ...], holdings |
| 6 | Prune | [author bin 32, ...] |
| 7 | Digest | digest bin 32 |
| 8 | Close | reason |
| 16 | Summary | [[author, epoch], ...], [digest bin 16 or 0, ...], [count, ...] |
| 24 | Clock | asked, wall in ms, answers |
| 26 | Documents | [document bin, ...] |
| 27 | DocumentDigest | digest bin 32 |
| 28 | DocumentsHeld | hashes bin, 16 bytes each |
| 32 to 37 | swim's | ``membership_forms`` |

A holding is ``[author bin 32, epoch, floor, [low, high, low, high, ...]]``. This is
our own protocol, so bytes are bin here and strings are str. A frame may have more
fields behind these: newer nodes add some, and older ones ignore them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgpack

from gossipchat.errors import DecodeError, UsageError
from gossipchat.wire.ours.frame_fields import (
    MAX_HOLDINGS,
    boolean,
    integer,
    key,
    read_authors,
    read_documents,
    read_hashes,
    read_holdings,
    read_name,
    read_reason,
    read_runs,
    read_summary,
    write_holdings,
)
from gossipchat.wire.ours.frames import (
    MAX_FIRST_FRAME_BYTES,
    MAX_FRAME_BYTES,
    Clock,
    Close,
    Digest,
    DocumentDigest,
    Documents,
    DocumentsHeld,
    Frame,
    Graft,
    Note,
    Proof,
    Prune,
    Runs,
    Summary,
    UnknownFrame,
    Vector,
    Want,
)
from gossipchat.wire.ours.membership_forms import FORMS as MEMBERSHIP_FORMS

LENGTH_BYTES = 4
MAX_CONTAINERS = 2 * MAX_HOLDINGS + 64
"""Lists in one frame: a holding has two. Or a megabyte of empty lists would need 64."""


def encode_frame(frame: Frame) -> bytes:
    """
    *frame* as it goes over a link, with its length.

    Raises UsageError when it is outside the bounds that every reader checks, and
    for an UnknownFrame, of which nothing was kept.
    """
    form = _FORM_OF.get(type(frame))
    if form is None:
        raise UsageError(f"{type(frame).__name__} can't be sent")
    fields = form.write(frame)
    try:
        form.read(*fields)
        body: bytes = msgpack.packb(
            [form.kind, *fields], unicode_errors="surrogateescape"
        )
    except (DecodeError, UnicodeEncodeError) as problem:
        raise UsageError(f"{form.frame.__name__} can't be sent: {problem}") from None
    if len(body) > MAX_FRAME_BYTES:
        raise UsageError(f"{len(body)} bytes are too many for one frame")
    return len(body).to_bytes(LENGTH_BYTES) + body


def decode_frame(body: bytes) -> Frame:
    """The frame in *body*, its length taken off. Raises DecodeError."""
    fields = _unpack(body)
    if type(fields) is not list or not fields:
        raise DecodeError("frame", body, "an array that starts with its type")
    kind = integer("frame type", fields[0], 0, 2**32)
    form = _FORMS.get(kind)
    if form is None:
        return UnknownFrame(kind)
    if len(fields) <= form.fields:
        wanted = f"{form.fields} fields"
        raise DecodeError(form.frame.__name__, len(fields) - 1, wanted)
    return form.read(*fields[1 : 1 + form.fields])


class FrameReader:
    """
    Frames from a link's bytes, however these are cut.

    Of a stranger one frame is read, a short one. Whoever has checked it calls
    :meth:`open_up`.
    """

    def __init__(self) -> None:
        self.limit = MAX_FIRST_FRAME_BYTES
        """What a frame may have, its length not counted."""
        self._is_open = False
        self._met = False
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """
        The frames that are whole now; before :meth:`open_up`, at most the first.

        Raises DecodeError: the link is beyond repair and must be closed.
        """
        if self._met and not self._is_open and len(self._buffer) > self.limit:
            raise DecodeError("frame", "more bytes", "to be trusted first")
        self._buffer += data
        frames: list[Frame] = []
        while self._is_open or not self._met:
            body = self._next_body()
            if body is None:
                break
            self._met = True
            frames.append(decode_frame(body))
        return frames

    def open_up(self) -> list[Frame]:
        """
        The stranger has proved itself: read on, with larger frames.

        Returns those that came right behind its first one. Raises DecodeError.
        """
        self._is_open = True
        self.limit = MAX_FRAME_BYTES
        return self.feed(b"")

    def _next_body(self) -> bytes | None:
        if len(self._buffer) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._buffer[:LENGTH_BYTES])
        if length > self.limit:
            raise DecodeError("frame", f"{length} bytes", f"at most {self.limit}")
        end = LENGTH_BYTES + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[LENGTH_BYTES:end])
        del self._buffer[:end]
        return body


def _unpack(body: bytes) -> Any:
    left = MAX_CONTAINERS

    def count(container: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError
        return container

    try:
        return msgpack.unpackb(
            body,
            list_hook=count,
            object_hook=count,
            ext_hook=lambda code, content: None,
            max_array_len=MAX_HOLDINGS,
            unicode_errors="surrogateescape",
        )
    except (ValueError, TypeError):
        raise DecodeError("frame", body, "one msgpack array") from None


class _Form(NamedTuple):
    kind: int
    frame: type
    fields: int
    write: Callable[[Any], list[object]]
    read: Callable[..., Frame]


_FORMS = {
    form.kind: form
    for form in (
        _Form(
            0,
            Proof,
            3,
            lambda proof: [proof.version, proof.mac, proof.name],
            lambda version, mac, name: Proof(
                integer("version", version, 0, 2**32),
                key("mac", mac),
                read_name(name),
            ),
        ),
        _Form(
            1,
            Vector,
            2,
            lambda vector: [write_holdings(vector.holdings), vector.last],
            lambda holdings, last: Vector(
                read_holdings(holdings), boolean("last", last)
            ),
        ),
        _Form(
            2,
            Want,
            2,
            lambda want: [write_holdings(want.holdings), want.urgent],
            lambda holdings, urgent: Want(
                read_holdings(holdings), boolean("urgent", urgent)
            ),
        ),
        _Form(
            3,
            Runs,
            1,
            lambda runs: [list(runs.runs)],
            lambda runs: Runs(read_runs(runs)),
        ),
        _Form(
            4,
            Note,
            1,
            lambda note: [write_holdings(note.holdings)],
            lambda holdings: Note(read_holdings(holdings)),
        ),
        _Form(
            5,
            Graft,
            2,
            lambda graft: [list(graft.authors), write_holdings(graft.holdings)],
            lambda authors, holdings: Graft(
                read_authors(authors), read_holdings(holdings)
            ),
        ),
        _Form(
            6,
            Prune,
            1,
            lambda prune: [list(prune.authors)],
            lambda authors: Prune(read_authors(authors)),
        ),
        _Form(
            7,
            Digest,
            1,
            lambda digest: [digest.digest],
            lambda digest: Digest(key("digest", digest)),
        ),
        _Form(
            8,
            Close,
            1,
            lambda close: [close.reason],
            lambda reason: Close(read_reason(reason)),
        ),
        _Form(
            16,
            Summary,
            3,
            lambda summary: [
                list(map(list, summary.bounds)),
                list(summary.digests),
                list(summary.counts),
            ],
            read_summary,
        ),
        _Form(
            24,
            Clock,
            3,
            lambda clock: [clock.asked, clock.wall_ms, clock.answers],
            lambda asked, wall_ms, answers: Clock(
                integer("asked", asked, 0, 2**63),
                integer("wall_ms", wall_ms, 0, 2**53),
                boolean("answers", answers),
            ),
        ),
        _Form(
            26,
            Documents,
            1,
            lambda documents: [list(documents.documents)],
            lambda documents: Documents(read_documents(documents)),
        ),
        _Form(
            27,
            DocumentDigest,
            1,
            lambda digest: [digest.digest],
            lambda digest: DocumentDigest(key("digest", digest)),
        ),
        _Form(
            28,
            DocumentsHeld,
            1,
            lambda held: [held.hashes],
            lambda hashes: DocumentsHeld(read_hashes(hashes)),
        ),
        *(_Form(*form) for form in MEMBERSHIP_FORMS),
    )
}
_FORM_OF = {form.frame: form for form in _FORMS.values()}
