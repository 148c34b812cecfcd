"""
Network coordinates: where members are in a space in which distance is round trip.

Each ack of a direct ping brings its sender's coordinate, and each measured round
trip pulls ours a little to where it should be. From any two coordinates the round
trip between their members can be estimated, though they never met.

Source: Dabek et al., Vivaldi (SIGCOMM 2004); height, adjustment and gravity as Serf
has them, after Ledlie, Gardner and Seltzer (NSDI 2007).
"""

from collections import deque
from math import dist, hypot, isfinite
from operator import sub
from random import Random

from gossipchat.errors import DecodeError
from gossipchat.swim.membership.members import Entry
from gossipchat.wire.serf.codec import decode_place, encode_coordinate
from gossipchat.wire.serf.messages import Coordinate

DIMENSIONS = 8
MAX_ERROR = 1.5
LEAST_HEIGHT = 1e-5
ERROR_WEIGHT = 0.25
FORCE_WEIGHT = 0.25
GRAVITY_RHO = 150.0
ADJUSTMENTS = 20
"""Round trips over which the adjustment is an average (of half their error)."""
RTTS = 3
"""Of the last so many of a member the median counts."""
MAX_RTT = 10.0
ZERO = 1e-6
"""Seconds below which two places are one."""
FARTHEST = 60.0
"""Seconds. A place beyond that is a lie, which would throw ours off as well."""

ORIGIN = Coordinate(height=LEAST_HEIGHT)

Vector = tuple[float, ...]


class Coordinates:
    """Our own place; the others' are kept with the members."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.here = ORIGIN
        self._misses = deque([0.0] * ADJUSTMENTS, ADJUSTMENTS)
        self._payload: bytes | None = None
        self._view = b""

    def payload(self, view: bytes = b"") -> bytes:
        """Our place, for acks, and the mark of our *view*."""
        if self._payload is None or view != self._view:
            self._view = view
            self._payload = encode_coordinate(self.here, view)
        return self._payload

    def heard(self, entry: Entry, payload: bytes | None, rtt: float) -> None:
        """*entry* has answered a direct ping within *rtt* seconds, with its place."""
        if not payload or not 0 <= rtt <= MAX_RTT:
            return
        try:
            there, view = decode_place(payload)
        except DecodeError:
            return
        if not is_plausible(there):
            return
        entry.coordinate = there
        entry.view = view
        entry.rtts = (*entry.rtts[1 - RTTS :], rtt)
        self._payload = None
        self.here = self._moved(there, max(ZERO, _median(entry.rtts)))
        if not is_plausible(self.here):
            self.here = ORIGIN
            self._misses = deque([0.0] * ADJUSTMENTS, ADJUSTMENTS)

    def _moved(self, there: Coordinate, rtt: float) -> Coordinate:
        """Our place after one more measured round trip."""
        here = self.here
        apart = distance(here, there)
        both = here.error + there.error
        weight = here.error / both if both > 0 else 0.5
        miss = abs(apart - rtt) / rtt
        share = ERROR_WEIGHT * weight
        error = min(MAX_ERROR, share * miss + here.error * (1 - share))
        vec, height = self._pushed(here, there, FORCE_WEIGHT * weight * (rtt - apart))
        here = Coordinate(vec, error, here.adjustment, height)
        self._misses.append(rtt - raw_distance(here, there))
        adjustment = sum(self._misses) / (2 * ADJUSTMENTS)
        here = Coordinate(vec, error, adjustment, height)
        pull = -((distance(ORIGIN, here) / GRAVITY_RHO) ** 2)
        vec, height = self._pushed(here, ORIGIN, pull)
        return Coordinate(vec, error, adjustment, height)

    def _pushed(
        self, here: Coordinate, there: Coordinate, force: float
    ) -> tuple[Vector, float]:
        """
        Axes and height of *here*, moved by *force* seconds away from *there* (towards
        it: negative).
        """
        apart = list(map(sub, here.vec, there.vec))
        length = hypot(*apart)
        height = here.height
        if length > ZERO:
            unit = [axis / length for axis in apart]
            height = (here.height + there.height) * force / length + here.height
        else:
            unit = self._anywhere()
        vec = [axis + force * way for axis, way in zip(here.vec, unit, strict=True)]
        return tuple(vec), max(LEAST_HEIGHT, height)

    def _anywhere(self) -> list[float]:
        """A random direction, for two that are in one place."""
        while True:
            way = [self._chance.random() - 0.5 for _ in range(DIMENSIONS)]
            length = hypot(*way)
            if length > ZERO:
                return [axis / length for axis in way]


def distance(one: Coordinate, other: Coordinate) -> float:
    """The round trip between two places, in seconds."""
    raw = raw_distance(one, other)
    adjusted = raw + one.adjustment + other.adjustment
    return adjusted if adjusted > 0 else raw


def raw_distance(one: Coordinate, other: Coordinate) -> float:
    """Without their adjustments."""
    return dist(one.vec, other.vec) + one.height + other.height


def is_plausible(place: Coordinate) -> bool:
    """Whether anything could be there."""
    numbers = (*place.vec, place.height, place.adjustment, place.error)
    if not all(map(isfinite, numbers)):
        return False
    if max(numbers) > FARTHEST or min(numbers) < -FARTHEST:
        return False
    return place.height >= 0 and place.error >= 0


def _median(rtts: tuple[float, ...]) -> float:
    return sorted(rtts)[len(rtts) // 2]
