"""
A run, written down: who sent what to whom, who believed what of whom, who showed what.

    trace = Trace(world)
    world.run(30)
    print("\\n".join(map(str, trace.steps)))

It looks over the shoulder of the world's network and nodes; what happens is the same
with and without it.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from gossipchat.broadcast.events import SendFrames
from gossipchat.chat.events import Deliver
from gossipchat.effects import Notify
from gossipchat.names import Address
from gossipchat.peer.events import Effect
from gossipchat.sim.world.machine import Node
from gossipchat.sim.world.world import World
from gossipchat.swim.events import MemberChanged, OpenStream, SendPacket, Status
from gossipchat.wire.memberlist.codec import decode

SENT, STREAM, FRAME, BELIEVED, SHOWN, DONE = (
    "packet",
    "stream",
    "frame",
    "believes",
    "shows",
    "done",
)

ON_NODES = ("start", "crash", "lose_power", "leave", "pause", "resume", "say")
SCRIPTED = (*ON_NODES, "cut", "cut_one_way", "reject", "heal")
"""Methods of a world that scripts call."""

MOST = 200_000
"""Steps that are kept; what comes later is only counted."""


class Step(NamedTuple):
    """One thing that came to pass."""

    at: float
    kind: str
    by: str
    of: str
    """To whom it was sent, or of whom it is believed."""
    what: str
    status: Status | None = None

    def __str__(self) -> str:
        arrow = "->" if self.kind in (SENT, STREAM, FRAME) else "  "
        return (
            f"{self.at:9.3f}  {self.by:6} {self.kind:8} {arrow} {self.of:6} {self.what}"
        )


class Trace:
    """All steps of *world* from now on, at most ``MOST``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps: list[Step] = []
        self.left_out = 0
        for name in SCRIPTED:
            self._listen(name)
        world.listen = self._carried_out

    def _listen(self, name: str) -> None:
        """Note each call of a method of the script, before it is done."""
        method: Callable[..., object] = getattr(self.world, name)

        def noted(*things: object, **more: object) -> object:
            said = " ".join(_named(thing) for thing in things)
            self._note(DONE, "script", "", f"{name} {said}".strip())
            return method(*things, **more)

        setattr(self.world, name, noted)

    def _carried_out(self, node: Node, effect: Effect) -> None:
        for kind, of, what, status in self._told(effect):
            self._note(kind, node.name, of, what, status)

    def _told(self, effect: Effect) -> Iterator[tuple[str, str, str, Status | None]]:
        match effect:
            case SendPacket(to, parts):
                what = ", ".join(type(decode(part)).__name__ for part in parts)
                yield SENT, self._who(to), what, None
            case OpenStream(to=to, message=message):
                yield STREAM, self._who(to), type(message).__name__, None
            case SendFrames(link, frames):
                what = ", ".join(type(frame).__name__ for frame in frames)
                yield FRAME, self.world.cables.far_end(link), what, None
            case Notify(MemberChanged(member, was, why)):
                before = "" if was is None else f"{was.value} -> "
                what = f"{before}{member.status.value} ({why})"
                yield BELIEVED, member.name, what, member.status
            case Deliver(lines):
                for line in lines:
                    if line.room is not None:
                        yield SHOWN, line.room, f"{line.nick}: {line.text}", None

    def _who(self, address: Address) -> str:
        node = self.world.wires.node_at(address)
        return node.name if node is not None else str(address)

    def _note(
        self, kind: str, by: str, of: str, what: str, status: Status | None = None
    ) -> None:
        if len(self.steps) < MOST:
            step = Step(self.world.heap.now, kind, by, of, what, status)
            self.steps.append(step)
        else:
            self.left_out += 1


def _named(thing: object) -> str:
    return "+".join(map(str, thing)) if isinstance(thing, list) else str(thing)
