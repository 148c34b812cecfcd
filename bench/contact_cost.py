"""
What it costs to look for a member that is dead for good.

Real nodes, each on a machine of its own (a network namespace with one card); one of
them is killed and stays so. A minute later, when gossip to it has ended, all that still
comes to its machine for it is counted: datagrams, and segments of the tries that are
Serf's (one a half minute), each with IP's and Ethernet's headers, but without ARP. Its
name is as long as a name may be. Needs root, ip, and nft.

    sudo python bench/contact_cost.py --members 16 --minutes 4
    sudo python bench/contact_cost.py --members 16 --minutes 4 --keyed
"""

import re
import shutil
import time

from lab import asked
from lab.fabric import Fabric, Machine
from lab.leftovers import new_home
from lab.members import NODE, PORT
from lab.paper import draw_bars, table, write
from lab.progress import Progress
from lab.real_idle import IdleMember, new_key, pass_minutes, pause, start_all
from lab.walls import nft_in

GOSSIP_ENDS_S = 60.0
ETHERNET_BYTES = 14
LONGEST_NAME = 128

COUNTER = re.compile(r"(udp|tcp) dport .* packets (\d+) bytes (\d+)")

KINDS = {"udp": "pings to the dead", "tcp": "Serf's tries, by TCP"}

Counts = dict[str, tuple[int, int]]
"""Packets and bytes from IP's header on, of udp and of tcp."""


def measure(size: int, minutes: float, keyed: bool) -> tuple[Counts, float]:
    """What came for the dead one, and within how many seconds."""
    tell = Progress(1).part("tries")
    key = new_key() if keyed else ""
    home = new_home()
    try:
        with Fabric() as fabric:
            members: list[IdleMember] = []
            for number in range(size):
                machine = fabric.add()
                name = f"{machine.namespace}-".ljust(LONGEST_NAME, "x")
                name = name if number == size - 1 else ""
                members.append(IdleMember(machine, NODE, home, key=key, name=name))
            start_all(members)
            dead = members.pop().machine
            dead.kill()
            for kind in ("udp", "tcp"):
                _count(dead, kind)
            pause(GOSSIP_ENDS_S)
            for member in members:
                member.wait_until_whole(size - 1)
            before, began = _counted(dead), time.monotonic()
            pass_minutes(minutes, tell)
            after, took = _counted(dead), time.monotonic() - began
    finally:
        shutil.rmtree(home, ignore_errors=True)
    came = {
        kind: (after[kind][0] - before[kind][0], after[kind][1] - before[kind][1])
        for kind in after
    }
    return came, took


def _count(machine: Machine, kind: str) -> None:
    nft_in(machine.namespace, "add table inet counts")
    hook = "{ type filter hook input priority 0; }"
    nft_in(machine.namespace, f"add chain inet counts came {hook}")
    rule = f"add rule inet counts came {kind} dport {PORT} counter"
    nft_in(machine.namespace, rule)


def _counted(machine: Machine) -> Counts:
    told = machine.ask("nft", "list", "table", "inet", "counts")
    return {
        kind: (int(packets), int(size)) for kind, packets, size in COUNTER.findall(told)
    }


def in_words(came: Counts, took: float, living: int) -> str:
    """A row for datagrams, and one for Serf's tries."""
    rows = []
    for kind, told in KINDS.items():
        packets = came[kind][0] / took / living
        bytes_s = _bytes_s(came, kind, took, living)
        rows.append([told, f"{packets:.4f}", f"{bytes_s:.1f}"])
    return table(["a living member", "packets a second", "bytes a second"], rows)


def _bytes_s(came: Counts, kind: str, took: float, living: int) -> float:
    packets, size = came[kind]
    return (size + ETHERNET_BYTES * packets) / took / living


def main() -> None:
    """Measure, print, write bench/results/contact_cost-*.{json,md,svg}."""
    parser = asked.parser(__doc__)
    asked.add_real(parser)
    parser.add_argument(
        "--members", type=asked.count(3), default=16, help="the dead one included"
    )
    parser.add_argument(
        "--minutes", type=asked.amount(0.01), default=4.0, help="counted"
    )
    parser.add_argument("--keyed", action="store_true", help="with encryption")
    args = asked.read(parser)
    came, took = measure(args.members, args.minutes, args.keyed)
    text = in_words(came, took, args.members - 1)
    name = f"contact_cost-{args.members}" + ("-keyed" if args.keyed else "")
    write(name, {"members": args.members, "seconds": took, "came": came}, text)
    bars = [_bytes_s(came, kind, took, args.members - 1) for kind in KINDS]
    title = "What looking for a dead member costs a living one"
    draw_bars(name, title, list(KINDS.values()), {"": bars}, "bytes a second")
    print(text, end="")


if __name__ == "__main__":
    main()
