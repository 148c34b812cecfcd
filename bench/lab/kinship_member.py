"""
A member of a kinship cluster, as a process that prints what it comes to believe.

One JSON object a line: {"name", "status"}, first of all members, then of changes.

    python bench/lab/kinship_member.py NAME HOST:PORT PRESET KEY [SEED]

KEY is of 32 bytes, in base64; an empty one: all is plain.
"""

import json
import sys
from typing import Any

from kinship import Config, EventsLost, State, UserMessage
from kinship.blocking import Cluster

WORDS = {
    State.ALIVE: "alive",
    State.SUSPECT: "suspect",
    State.DEAD: "dead",
    State.LEFT: "left",
}


def tell(name: str, state: State) -> None:
    """Print one line."""
    print(json.dumps({"name": name, "status": WORDS[state]}), flush=True)


def main() -> None:
    """Be a member for ever."""
    name, where, preset, key, *seeds = sys.argv[1:]
    given: dict[str, Any] = {"name": name, "bind": where, "seeds": seeds}
    given |= {"keys": [key]} if key else {"insecure_plaintext": True}
    cluster = Cluster(getattr(Config, preset)(**given)).start()
    events = cluster.events()
    for member in cluster.members():
        tell(member.name, member.state)
    for event in events:
        if isinstance(event, EventsLost):
            for member in cluster.members():
                tell(member.name, member.state)
        elif event is not None and not isinstance(event, UserMessage):
            tell(event.member.name, event.member.state)


if __name__ == "__main__":
    main()
