"""
Which lines a room's name means, and who may do what to a line.
"""

from gossipchat.chat.bodies import EDITABLE, REDACTABLE, SHOWN
from gossipchat.chat.directory import Directory
from gossipchat.chat.events import Line
from gossipchat.errors import Refused
from gossipchat.names import AuthorKey, EntryId, RoomName, private_name, room_name


def place_of(
    directory: Directory, room: str | None
) -> tuple[RoomName | None, AuthorKey | None]:
    """
    The room, and the node at the other end, that lines for *room* have; None: any.

    Raises UsageError for what is no room's name, Refused for an unknown ``@NODE``.
    """
    if room is None or not room.startswith("@"):
        return (None if room is None else room_name(room)), None
    place = directory.spelled_out(private_name(room))
    nick, _, node = place.removeprefix("@").partition("@")
    peer = directory.peer_of(place)
    if node and peer is None:
        raise Refused(f"no node is known as {node}; see `gossipchat members`")
    return (RoomName("@" + nick) if node or peer is None else None), peer


def place_to_refer(
    own: AuthorKey, target: EntryId, kind: str, nick: str, line: Line | None
) -> tuple[RoomName, AuthorKey | None]:
    """
    Where *line* (what *target* names) stands, and its peer if that is private.

    Raises Refused unless *nick*, at the node *own*, may do *kind* to it. Every node
    goes by the same rule when it shows the line (``store.amending``).
    """
    if line is None or line.room is None:
        raise Refused(f"{target} is not here (yet): take the id of a line shown here")
    if line.redacted:
        raise Refused(f"{target} has been taken back")
    if kind == "react":
        if line.kind not in SHOWN:
            raise Refused(f"{target} is a {line.kind}: there is nothing to react to")
        return line.room, line.peer
    if line.kind not in (EDITABLE if kind == "edit" else REDACTABLE):
        raise Refused(f"{target} is a {line.kind}: there is nothing to {kind}")
    if line.id.author != own or line.nick != nick:
        raise Refused(
            f"{target} was said by {line.nick}: only that user may {kind} it, on the"
            " node where it was said"
        )
    return line.room, line.peer
