"""
What may happen to a few nodes, each drawn from the disaster's chance.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING

from gossipchat.names import FeedId
from gossipchat.sim.disasters.forger import Forger
from gossipchat.sim.disasters.witness import FORGED
from gossipchat.wire.ours.frames import Runs

if TYPE_CHECKING:
    from gossipchat.sim.disasters.disaster import Disaster

Mishap = Callable[["Disaster"], None]

HOURS = 7_200_000
"""Milliseconds by which a clock may be wrong, either way."""


def say(disaster: "Disaster") -> None:
    """Somebody says something, "ok" now and then."""
    node, number = disaster.someone(), disaster.next_ask()
    text = disaster.chance.choice(["ok", f"line {number}"])
    disaster.world.say(node.place, text, ask=number)


def answer(disaster: "Disaster") -> None:
    """Somebody answers the last line of another that he sees."""
    node = disaster.someone()
    heard = [
        line.id
        for line in disaster.witness.shown_order(node.place).values()
        if line.room is not None and line.id.author != node.key
    ]
    if heard:
        number = disaster.next_ask()
        disaster.account.threads.append((heard[-1], node.place, number))
        disaster.world.say(node.place, f"answer {number}", ask=number)


# --- machines -----------------------------------------------------------------


def crash(disaster: "Disaster") -> None:
    """kill -9."""
    if len(disaster.world.living) > 2:
        disaster.end(disaster.someone())


def lose_power(disaster: "Disaster") -> None:
    """A machine goes off, and what it had not synced may be gone."""
    if len(disaster.world.living) > 2:
        node = disaster.someone()
        disaster.part([node.place])
        disaster.world.lose_power(node.place)
        disaster.witness.lost_some(node)
        disaster.count_losses()


def leave(disaster: "Disaster") -> None:
    """Somebody leaves as one should, and may come back."""
    if len(disaster.world.living) > 2:
        node = disaster.someone()
        disaster.world.leave(node.place)
        if not node.left:  # it stood still, and was ended
            disaster.part([node.place])


def restart(disaster: "Disaster") -> None:
    """The first that is down starts again, if its disk can be read."""
    for node in disaster.world.nodes.values():
        if not (node.alive or node.disk.fails or node.place in disaster.over):
            disaster.start(node)
            return


def pause(disaster: "Disaster") -> None:
    """A process stands still for some seconds."""
    node = disaster.someone()
    lasts = disaster.chance.uniform(0.3, 12.0)
    disaster.world.pause(node.place)
    disaster.world.heap.after(lasts, partial(disaster.world.resume, node.place))


def bury(disaster: "Disaster") -> None:
    """One machine ends for good, and its disk with it."""
    if disaster.over <= {disaster.copy} and len(disaster.world.living) > 3:
        disaster.bury(disaster.someone())


# --- the network --------------------------------------------------------------


def cut(disaster: "Disaster") -> None:
    """Some are cut off from the others: one, or half."""
    disaster.world.cut(*_sides(disaster))


def reject(disaster: "Disaster") -> None:
    """The same by a firewall that refuses who dials."""
    disaster.world.reject(*_sides(disaster))


def cut_one_way(disaster: "Disaster") -> None:
    """One does not hear another any more, who hears it."""
    names = list(disaster.world.nodes)
    disaster.part(names, ends=False)
    source, target = disaster.chance.sample(names, 2)
    disaster.world.cut_one_way(source, target)


def heal(disaster: "Disaster") -> None:
    """All that was cut is whole."""
    disaster.heal()


def _sides(disaster: "Disaster") -> tuple[list[str], list[str]]:
    names, chance = list(disaster.world.nodes), disaster.chance
    side = chance.sample(names, chance.choice([1, len(names) // 2]))
    disaster.part(names, ends=False)
    return side, [name for name in names if name not in side]


# --- clocks and disks ---------------------------------------------------------


def set_clock(disaster: "Disaster") -> None:
    """Somebody's clock is an hour or two off from now on."""
    disaster.someone().wall_ahead_ms = disaster.chance.randrange(-HOURS, HOURS)


def fill_disk(disaster: "Disaster") -> None:
    """Nothing can be written on somebody's disk."""
    disaster.someone().disk.full = True


def fail_disk(disaster: "Disaster") -> None:
    """Nothing can be written on somebody's disk, nor read."""
    disaster.someone().disk.fails = True


def make_room(disaster: "Disaster") -> None:
    """No disk is full, or fails."""
    disaster.make_room()


def slow_disk(disaster: "Disaster") -> None:
    """Somebody's disk takes its time from now on: up to three seconds a commit."""
    disaster.someone().disk.takes = disaster.chance.choice([0.05, 0.5, 3.0])


def back_up(disaster: "Disaster") -> None:
    """Somebody makes a backup, if the disk can be read."""
    node = disaster.someone()
    if not node.disk.fails:
        disaster.backups[node.place] = deepcopy(node.disk)


def restore(disaster: "Disaster") -> None:
    """Somebody's disk breaks, and an old copy takes its place."""
    for place, disk in disaster.backups.items():
        node = disaster.world.nodes[place]
        if node.alive and len(disaster.world.living) > 2:
            disaster.end(node)
            node.disk = deepcopy(disk)
            disaster.witness.new_disk(node)
            disaster.count_losses()
            disaster.start(node)
            return


def run_twice(disaster: "Disaster") -> None:
    """Somebody's folder is copied to another machine, and runs there as well."""
    node = disaster.someone()
    if disaster.copy is None and not node.disk.trouble:
        disaster.run_twice(node)


def end_copy(disaster: "Disaster") -> None:
    """One of the two is enough."""
    disaster.end_copy()


# --- people -------------------------------------------------------------------


def forge(disaster: "Disaster") -> None:
    """Somebody with the cluster's key speaks in the name of another."""
    victim, target = disaster.someone(), disaster.someone()
    disaster.forgeries += 1
    forger = Forger(disaster.forgeries)
    cables = disaster.world.cables
    cables.connect(forger, target)
    feed = FeedId(victim.key, disaster.chance.getrandbits(64))
    text = f"{FORGED}{disaster.forgeries}"
    for link in forger.links:
        cables.send(link, (Runs((forger.run(feed, text),)),))
        cables.end(link, "bye")


FIRST_SCRIPT: dict[Mishap, int] = {
    say: 10,
    answer: 6,
    crash: 3,
    leave: 1,
    restart: 4,
    cut: 2,
    heal: 2,
    set_clock: 1,
    fill_disk: 1,
    make_room: 1,
    back_up: 1,
    restore: 1,
    bury: 1,
    forge: 1,
}
"""What may happen, and how often next to the others; as the first seeds had it."""

SECOND_SCRIPT: dict[Mishap, int] = {
    **FIRST_SCRIPT,
    lose_power: 2,
    pause: 3,
    reject: 1,
    cut_one_way: 1,
    slow_disk: 1,
}
"""The same with all that ``World`` knew of next."""

THIRD_SCRIPT: dict[Mishap, int] = {**SECOND_SCRIPT, fail_disk: 1}
"""The same with disks that can't be read, either."""

FOURTH_SCRIPT: dict[Mishap, int] = {**THIRD_SCRIPT, run_twice: 1, end_copy: 1}
"""The same with folders that run twice."""

SCRIPT = FOURTH_SCRIPT
"""All that it knows of."""
