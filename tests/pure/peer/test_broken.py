"""What breaks a room takes nothing with it that came together with it."""

from types import SimpleNamespace
from typing import Any, cast

from gossipchat.broadcast import events as broadcast
from gossipchat.chat import events as chat
from gossipchat.effects import Broke, Count, Moment, Notify
from gossipchat.names import AuthorKey, NodeName
from gossipchat.peer.core import Peer
from gossipchat.swim import events as swim
from gossipchat.wire.ours.frames import Digest
from gossipchat.wire.ours.membership_frames import Heal

ME, BOB = AuthorKey(bytes(32)), AuthorKey(b"b" * 32)
GOOD, BAD = Heal(b"good".ljust(16), ()), Heal(b"bad".ljust(16), ())
NOW = Moment(0.0, 0)
ARRIVED = broadcast.Arrived((), ())


def swim_room(event: object, now: float) -> list[object]:
    assert isinstance(event, swim.FrameHeard)
    return [Count(f"healed {1 // (event.frame == GOOD)}")]


def broadcast_room(event: object, now: float) -> list[object]:
    return [Count("before"), ARRIVED, Count("after")]


def chat_room(event: object, moment: Moment) -> list[object]:
    assert isinstance(event, chat.RunsArrived)
    raise ZeroDivisionError


def test_what_follows_from_the_other_frames_stands() -> None:
    """Two break swim or chat; all else is said, and each break is told."""
    me = SimpleNamespace(name=NodeName("me"), key=ME)
    rooms: list[Any] = [
        SimpleNamespace(me=me, handle=swim_room),
        SimpleNamespace(
            me=ME,
            handle=broadcast_room,
            peer_on=lambda link: BOB,
            holds=None,
            reach=None,
            named=None,
            documents_of=None,
        ),
        SimpleNamespace(presence=SimpleNamespace(), handle=chat_room),
    ]
    frames = [broadcast.FrameReceived(1, frame) for frame in (GOOD, BAD, GOOD)]
    frames.append(broadcast.FrameReceived(2, Digest(bytes(32))))
    effects = Peer(*rooms).handle(broadcast.FramesReceived(tuple(frames)), NOW)
    broke = [
        cast(Broke, one.happening).what for one in effects if isinstance(one, Notify)
    ]
    assert broke == [frames[1], ARRIVED]
    counted = [one.what for one in effects if isinstance(one, Count)]
    assert counted == ["healed 1", "healed 1", "before", "after"]
