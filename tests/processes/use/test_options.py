"""What a node can be told when it starts, seen from outside."""

import sys
from pathlib import Path

import pytest

from tests.processes.lab import NO_FACES, UP, Lab, Node

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[3]


def test_nodes_meet_over_ipv6(lab: Lab) -> None:
    """`[::1]:0` is loopback too."""
    anna = Node(lab, "anna", NO_FACES)
    ben = Node(lab, "ben", NO_FACES)
    for node in (anna, ben):
        node.listen = "[::1]:0"
        node.begin()
        node.wait_until_up()
        # for ben, who comes next
        ben.options = (*NO_FACES, "--seed", anna.address)
    assert anna.address.startswith("[::1]:")
    lab.wait_for_all_alive([anna, ben])
    anna.say("over six")
    lab.wait_for(lambda: ben.texts() == ["over six"], "ben hears anna")


def test_a_label_keeps_clusters_apart(lab: Lab) -> None:
    """Who has another label, or none, doesn't get in."""
    anna = lab.start("anna", "--label", "garden")
    ben = lab.start("ben", "--label", "garden", seeds=[anna])
    stranger = lab.start("stranger", "--label", "street", seeds=[anna])
    unlabelled = lab.start("unlabelled", seeds=[anna])
    lab.wait_for_all_alive([anna, ben])
    anna.say("in the garden")
    lab.wait_for(lambda: ben.texts() == ["in the garden"], "ben hears anna")
    assert stranger.names("alive") == {"stranger"}
    assert unlabelled.names("alive") == {"unlabelled"}
    assert anna.names("alive") == {"anna", "ben"}


def test_a_key_and_a_label_together(lab: Lab) -> None:
    """The label goes in clear and is authenticated with the rest."""
    ran = lab.run("gossipchat", "keygen", "--write", "--data", str(lab.home / "k"))
    assert ran.status == 0
    both = ("--label", "garden", "--keyring", str(lab.home / "k" / "keyring.json"))
    anna = lab.start("anna", *both)
    ben = lab.start("ben", *both, seeds=[anna])
    lab.wait_for_all_alive([anna, ben])
    anna.say("hidden")
    lab.wait_for(lambda: ben.texts() == ["hidden"], "ben hears anna")


def test_a_pair_with_wan_timings_meets_and_sees_tags(lab: Lab) -> None:
    """All other pairs have ``lan``, or ``local`` in one process; each tag a --tag."""
    anna = lab.start("anna", "--profile", "wan", "--tag", "role=web", "--tag", "rack=7")
    ben = lab.start("ben", "--profile", "wan", seeds=[anna])
    lab.wait_for_all_alive([anna, ben])
    tags = next(row["tags"] for row in ben.ask("members") if row["name"] == "anna")
    assert tags["role"] == "web"
    assert tags["rack"] == "7"


def test_the_command_line_wins_over_the_file(lab: Lab) -> None:
    """The file has the same names."""
    config = lab.settings('nick = "from-file"\nlabel = "garden"\n')
    anna = lab.start("anna", *config, "--nick", "from-line")
    anna.say("hello")
    assert anna.history()[0]["nick"] == "from-line"
    ben = lab.start("ben", *config, seeds=[anna])
    lab.wait_for_all_alive([anna, ben])
    ben.say("hello")
    assert ben.history()[-1]["nick"] == "from-file"


def test_a_name_is_made_from_the_host_and_the_identity(lab: Lab) -> None:
    """And stays the same over restarts."""

    class Nameless(Node):
        """A node that is not told its name."""

        def command(self) -> tuple[str, ...]:
            words = super().command()
            place = words.index("--name")
            return (*words[:place], *words[place + 2 :])

    names = []
    nameless = Nameless(lab, "nameless", NO_FACES)
    for _ in range(2):
        nameless.begin()
        nameless.wait_until_up()
        (row,) = nameless.ask("members")
        names.append(row["name"])
        assert row["name"].endswith(row["id"][:4])
        assert nameless.stop() == 0
    assert names[0] == names[1]


def test_make_run_runs_a_node(lab: Lab) -> None:
    """`make run ARGS=...` is all that a user needs."""
    if Path(sys.prefix) != ROOT / ".venv":
        pytest.skip("this environment isn't the one that make made")
    options = f"--data {lab.home / 'made'} --listen {lab.host}:0 {' '.join(NO_FACES)}"
    path = lab.home / "make.log"
    with path.open("wb") as output:
        make = lab.spawn(
            "make", "-C", str(ROOT), "run", f"ARGS={options}", output=output
        )
    lab.wait_for(lambda: UP.search(path.read_text(encoding="utf-8")), "make run is up")
    ran = lab.run("gossipchat", "leave", "--data", str(lab.home / "made"))
    assert ran.status == 0
    lab.wait_for(lambda: make.poll() is not None, "make has ended")
    assert make.returncode == 0
