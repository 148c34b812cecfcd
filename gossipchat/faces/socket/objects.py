"""
The JSON objects that scripts rely on: one function for each.

Fields may be added; none is renamed or taken away.
"""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from gossipchat.node.api import (
    EntryId,
    IChatNode,
    KeysOutcome,
    Line,
    Member,
    NodeStatus,
    QueryReply,
    Reachability,
    Receipt,
    Room,
    Status,
    User,
    UserEvent,
)

Object = dict[str, Any]

FIRST_MS = -62_135_596_800_000
LAST_MS = 253_402_300_799_999
"""The years 1 to 9999: what ISO 8601 can say. Signed nonsense is shown as the end."""


def iso_time(wall_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds: ``2026-11-22T15:21:44.123Z``."""
    seconds, milliseconds = divmod(min(max(wall_ms, FIRST_MS), LAST_MS), 1000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{moment.isoformat()}.{milliseconds:03d}Z"


def id_object(entry: EntryId) -> Object:
    """An entry's id, whole and in its parts."""
    return {
        "id": str(entry),
        "author": entry.author.hex(),
        "epoch": str(entry.epoch),  # 64 bits: more than a JSON number holds safely
        "seq": entry.seq,
    }


def line_object(line: Line) -> Object:
    """One entry as people see it; what it has not is left out, from target on."""
    line_as_said = {
        "n": line.n,
        **id_object(line.id),
        "room": line.room,
        "nick": line.nick,
        "kind": line.kind,
        "text": line.text,
        "time": iso_time(line.wall_ms),
        "arrived": iso_time(line.arrived_ms),
        "late": line.late,
    }
    more = {
        "target": line.target and str(line.target.id),
        "peer": line.peer and line.peer.hex(),
        "edited": line.edited,
        "redacted": line.redacted,
        "reactions": {emoji: list(nicks) for emoji, nicks in line.reactions},
        "fork": line.fork,
    }
    said_of_it = {name: value for name, value in more.items() if value}
    return {**line_as_said, **said_of_it}


def tail_object(node: IChatNode, line: Line) -> Object:
    """The same with what is this node's own view: a history is alike on all."""
    shown = shown_object(node, line)
    return {**shown, "gap": True} if line.gap else shown


def shown_object(node: IChatNode, line: Line) -> Object:
    """*line* with how its nick is shown, where that is otherwise."""
    shown = node.shown_nick(line.id.author, line.nick)
    plain = line_object(line)
    return plain if shown == line.nick else {**plain, "shown": shown}


def member_object(member: Member) -> Object:
    """One member; ``id`` null unless it is gossipchat, ``rtt_ms`` null if unknown."""
    return {
        "name": member.name,
        "id": None if member.key is None else member.key.hex(),
        "address": str(member.address),
        "status": member.status.value,
        "incarnation": member.incarnation,
        "rtt_ms": None if member.rtt is None else round(member.rtt * 1000, 3),
        "tags": dict(member.tags),
    }


def room_object(room: Room) -> Object:
    """One room; ``last`` null when nothing was said in it."""
    return {
        "room": room.name,
        "users": room.users,
        "topic": room.topic,
        "last": None if room.last_ms is None else iso_time(room.last_ms),
    }


def receipt_object(receipt: Receipt) -> Object:
    """Who has an entry; ``of`` below ``members`` where only some are counted."""
    return {
        "have": list(receipt.have),
        "of": receipt.of,
        "members": receipt.members,
    }


def user_object(user: User) -> Object:
    """One user; ``away`` null unless they are, ``id`` that of the node."""
    return {
        "nick": user.nick,
        "node": user.node,
        "rooms": list(user.rooms),
        "away": user.away,
        "reachable": user.reachable,
        "id": user.author.hex(),
        "account": user.account,
    }


def status_object(node: IChatNode, status: NodeStatus) -> Object:
    """How the node is doing."""
    return {
        "name": node.name,
        "id": node.key.hex(),
        "members": {one.value: status.members.get(one, 0) for one in Status},
        "whole": status.whole,
        "cut": list(status.cut),
        "links": status.links,
        "entries": status.entries,
        "behind": {key.hex(): missing for key, missing in status.behind.items()},
        "store": {"ok": status.store_ok, "bytes": status.store_bytes},
        "warnings": [
            {"member": one.member, "what": one.what} for one in status.warnings
        ],
        "uptime_s": round(status.uptime_s, 3),
        "counts": status.counts,
    }


def event_object(event: UserEvent) -> Object:
    """One user event; the payload may be any bytes."""
    return {
        "name": event.name,
        "payload": b64encode(event.payload).decode("ascii"),
        "ltime": event.ltime,
        "time": iso_time(event.heard_ms),
    }


def reply_object(reply: QueryReply) -> Object:
    """One answer to a query; ``payload`` null in a bare ack."""
    payload = reply.payload
    return {
        "from": reply.sender,
        "payload": None if payload is None else b64encode(payload).decode("ascii"),
        "ack": reply.ack,
    }


def keys_object(outcome: KeysOutcome) -> Object:
    """The cluster's keys; ``problems`` has who could not, and why."""
    return {
        "primary": outcome.primary,
        "keys": dict(outcome.keys),
        "members": outcome.members,
        "answered": outcome.answered,
        "problems": dict(outcome.problems),
    }


def reachability_object(found: Reachability) -> Object:
    """Who has acked, and who of the living has not."""
    return {"acked": list(found.acked), "silent": list(found.silent)}
