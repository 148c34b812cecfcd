"""
What the commands print: JSON objects for scripts, readable lines for people.
"""

import json
import re
import sys
from typing import Any, TextIO

from gossipchat.faces.socket.client.show import clock, table
from gossipchat.faces.socket.client.show import plain as plain

Object = dict[str, Any]

UNSAFE = re.compile("[\x7f-\x9f\ud800-\udfff\u2028\u2029]")
"""What JSON may hold as it is, and a terminal or a line reader would stumble over."""

OWN_TAG = "gc"
"""The tag in which gossipchat nodes carry their identity: nothing for people."""


def make_robust(*streams: TextIO) -> None:
    """Let no character that a stream's encoding lacks end the program."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def put(text: str) -> None:
    """Print *text*, and have it read at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def put_json(item: Object) -> None:
    """Print *item* as one line."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    line = json.dumps(item, ensure_ascii=ascii_only)
    put(UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line))


def members_table(members: list[Object]) -> list[str]:
    """One line a member, under a head."""
    rows = [
        (
            one["name"],
            one["status"],
            one["address"],
            _round_trip(one["rtt_ms"]),
            shown_tags(one["tags"]),
        )
        for one in members
    ]
    return table(("NAME", "STATUS", "ADDRESS", "RTT", "TAGS"), rows)


def member_change(member: Object) -> str:
    """One member's news, as ``members --follow`` tells it."""
    when = clock(member["time"]) + " " if "time" in member else ""
    tags = shown_tags(member["tags"])
    where = f"{plain(member['name'])} is {member['status']}, at {member['address']}"
    return f"{when}{where}{plain(f' ({tags})' if tags else '')}"


def rooms_table(rooms: list[Object]) -> list[str]:
    """One line a room, under a head."""
    return table(
        ("ROOM", "USERS", "LAST", "TOPIC"),
        [
            (
                room["room"],
                str(room["users"]),
                clock(room["last"]) if room["last"] else "-",
                room["topic"],
            )
            for room in rooms
        ],
    )


def users_table(users: list[Object]) -> list[str]:
    """One line a user, under a head."""
    rows = [
        (one["nick"], one["node"], " ".join(one["rooms"]), _how(one)) for one in users
    ]
    return table(("NICK", "NODE", "ROOMS", ""), rows)


def user_change(user: Object) -> str:
    """One user's news, as ``users --follow`` tells it."""
    when = clock(user["time"]) + " " if "time" in user else ""
    who = f"{plain(user['nick'])} at {plain(user['node'])}"
    if not user.get("here", True):
        return f"{when}{who} is gone"
    rooms = plain(" ".join(user["rooms"])) or "no room"
    return f"{when}{who} is in {rooms} {plain(_how(user))}".rstrip()


def _how(user: Object) -> str:
    away = [] if user["away"] is None else [f"away: {user['away']}"]
    return ", ".join([*away, *([] if user["reachable"] else ["unreachable"])])


def status_lines(status: Object) -> list[str]:
    """How the node is doing, a line a thing."""
    members = status["members"]
    counts = ", ".join(f"{members[one]} {one}" for one in members)
    missing = sum(status["behind"].values())
    lines = [
        f"{plain(status['name'])} is up for {_duration(status['uptime_s'])}",
        f"id       {status['id']}",
        f"members  {counts}",
        f"links    {status['links']}",
        f"entries  {status['entries']}, {missing} known to be missing",
        f"store    {'ok' if status['store']['ok'] else 'FAILING'},"
        f" {_size(status['store']['bytes'])}",
    ]
    if status["cut"]:
        lines.append(f"cut off  {', '.join(map(plain, status['cut']))}")
    if status["whole"]:
        lines.append("whole    everyone known is here, and nothing is missing")
    for warning in status["warnings"]:
        about = f"{warning['member']}: " if warning["member"] else ""
        lines.append(f"warning  {plain(about + warning['what'])}")
    return lines


def keys_table(outcome: Object) -> list[str]:
    """Which key is how widely held; the primary is marked."""
    rows = [
        (key, f"{count}/{outcome['members']}", "primary" * (key == outcome["primary"]))
        for key, count in outcome["keys"].items()
    ]
    return table(("KEY", "MEMBERS", ""), rows)


def _round_trip(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds:.1f} ms"


def shown_tags(tags: dict[str, str]) -> str:
    """A member's tags, but for our own."""
    return " ".join(f"{key}={tags[key]}" for key in sorted(tags) if key != OWN_TAG)


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
