"""
Effects of several frames as those of one: the unit of all that follows is the batch.
"""

from collections import Counter
from collections.abc import Iterable

from gossipchat.broadcast.events import Arrived, Effect, Rename
from gossipchat.effects import Count


def together(effects: Iterable[Effect]) -> list[Effect]:
    """
    *effects* with all that arrived in one ``Arrived`` (one hop to the disk), and a
    count of each kind.

    A ``Rename`` stays between what came before it and what came after it.
    """
    joined: list[Effect] = []
    counts: Counter[str] = Counter()
    place: int | None = None
    for effect in effects:
        match effect:
            case Count(what, by):
                counts[what] += by
            case Arrived(runs, tips):
                before = joined[place] if place is not None else None
                if place is not None and isinstance(before, Arrived):
                    joined[place] = Arrived(before.runs + runs, before.tips + tips)
                else:
                    place = len(joined)
                    joined.append(effect)
            case Rename():
                place = None
                joined.append(effect)
            case _:
                joined.append(effect)
    return [*(Count(what, by) for what, by in counts.items()), *joined]
