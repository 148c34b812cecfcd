"""
What can be asked, as two tables: asks have one answer, streams have many items.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from twisted.internet.defer import Deferred, maybeDeferred, succeed

from gossipchat import __version__
from gossipchat.errors import NotThere
from gossipchat.faces.socket.cluster import CLUSTER_ASKS, CLUSTER_STREAMS
from gossipchat.faces.socket.objects import (
    Object,
    id_object,
    line_object,
    receipt_object,
    room_object,
    shown_object,
    status_object,
)
from gossipchat.faces.socket.requests import VERSION, Request
from gossipchat.faces.socket.rolls import Roll, members, receipts, users
from gossipchat.faces.socket.streams import Channel, Listing, Stream, Tail
from gossipchat.faces.socket.users import Guest
from gossipchat.node.api import IChatNode, Line

MAX_N = 2**53
MAX_LAST_LINES = 1000
USUAL_LINES = 20
MAX_HISTORY_LINES = 1000
USUAL_HISTORY_LINES = 50

Ask = Callable[[IChatNode, Request], Deferred[Object]]
Show = Callable[[Line], Object]
Open = Callable[[IChatNode, Request, Channel, Callable[[], int]], Stream]


def _speak(kind: str) -> Ask:
    """say, me, notice and topic: one line of *kind*."""

    def ask(node: IChatNode, request: Request) -> Deferred[Object]:
        said = node.say(
            request.room(),
            request.text("text"),
            kind,
            request.optional_text("nick"),
            request.optional_text("token"),
        )
        return said.addCallback(id_object)

    return ask


def _refer(kind: str) -> Ask:
    """edit, redact and react: what is done to the line *target*."""

    def ask(node: IChatNode, request: Request) -> Deferred[Object]:
        said = node.refer(
            request.entry("target"),
            kind,
            "" if kind == "redact" else request.text("text"),
            request.optional_text("nick"),
            request.optional_text("token"),
        )
        return said.addCallback(id_object)

    return ask


def _leave(node: IChatNode, request: Request) -> Deferred[Object]:
    return node.leave().addCallback(_nothing)


def _forget(node: IChatNode, request: Request) -> Deferred[Object]:
    return node.forget(request.member("name")).addCallback(_nothing)


def _status(node: IChatNode, request: Request) -> Deferred[Object]:
    return node.status().addCallback(lambda status: status_object(node, status))


def _receipt(node: IChatNode, request: Request) -> Deferred[Object]:
    return node.receipt(request.entry("target")).addCallback(receipt_object)


def _version(node: IChatNode, request: Request) -> Deferred[Object]:
    return succeed({"gossipchat": __version__, "v": VERSION})


def _nothing(_: None) -> Object:
    return {}


ASKS: dict[str, Ask] = {
    "say": _speak("say"),
    "me": _speak("emote"),
    "notice": _speak("notice"),
    "topic": _speak("topic"),
    "edit": _refer("edit"),
    "redact": _refer("redact"),
    "react": _refer("react"),
    "leave": _leave,
    "forget": _forget,
    "status": _status,
    "receipt": _receipt,
    "version": _version,
    **CLUSTER_ASKS,
}


SPEAKING = ("say", "me", "notice", "topic", "edit", "redact", "react")


def _tail(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    follow = request.flag("follow")
    last = request.number_of("last", 0, MAX_LAST_LINES)
    if last is None:
        last = 0 if follow else USUAL_LINES
    since = request.number_of("since", 0, MAX_N)
    return Tail(channel, node, request.optional_room(), since, last, follow)


def _show(node: IChatNode, request: Request) -> Show:
    """How lines are put: alike on all nodes, or (``shown``) as this one shows them."""
    return partial(shown_object, node) if request.flag("shown") else line_object


def _history(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    room, before = request.room(), request.optional_entry("before")
    limit = request.number_of("limit", 1, MAX_HISTORY_LINES) or USUAL_HISTORY_LINES
    all_kinds, show = request.flag("all"), _show(node, request)

    return Listing(channel, lambda: node.history(room, before, limit, all_kinds), show)


def _search(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    words, room = request.text("words"), request.optional_room()
    limit = request.number_of("limit", 1, MAX_HISTORY_LINES) or USUAL_HISTORY_LINES
    show = _show(node, request)

    return Listing(channel, lambda: node.search(words, room, limit), show)


def _rooms(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    return Listing(channel, node.rooms, room_object)


def _members(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    return Roll(channel, members(node, wall_ms), request.flag("follow"))


def _users(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    return Roll(channel, users(node, wall_ms), request.flag("follow"))


def _receipts(
    node: IChatNode, request: Request, channel: Channel, wall_ms: Callable[[], int]
) -> Stream:
    return Roll(channel, receipts(node), follow=True)


STREAMS: dict[str, Open] = {
    "tail": _tail,
    "history": _history,
    "search": _search,
    "rooms": _rooms,
    "members": _members,
    "users": _users,
    "receipts": _receipts,
    **CLUSTER_STREAMS,
}


def answer(node: IChatNode, request: Request, guest: Guest) -> Deferred[Object]:
    """
    The answer to a request that has one. Fails with what there is to say.

    *guest*: who is logged in over the connection that asks.
    """
    return maybeDeferred(_answer, node, request, guest)


def _answer(node: IChatNode, request: Request, guest: Guest) -> Deferred[Object]:
    if request.do in Guest.REQUESTS:
        return succeed(guest.answer(request))
    if request.do in SPEAKING and request.given.get("nick") is None:
        request = replace(request, given={**request.given, "nick": guest.nick})
    ask = ASKS.get(request.do)
    if ask is None:
        raise NotThere(f"{request.do} is nothing I can do")
    return ask(node, request)
