"""Seeds are tried for ever; the remembered only until somebody answers."""

from collections.abc import Sequence
from random import Random

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gossipchat.errors import UsageError
from gossipchat.names import Address
from gossipchat.node.care.seeds import (
    LONGEST_WAIT,
    SeedAnswered,
    Seeds,
    SeedSilent,
    SeedUnresolved,
)

ALICE = Address("127.0.0.1", 1001)
BOB = Address("127.0.0.1", 1002)


class SeedsTests(SynchronousTestCase):
    """Finding the others."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.asked: list[Address] = []
        self.living: set[Address] = set()
        self.names = {"alice": [ALICE]}
        self.told: list[object] = []

    def seeds(self, *seeds: str, remembered: Sequence[Address] = ()) -> Seeds:
        made = Seeds(
            self.clock,
            Random(1),
            [(name, 1001) for name in seeds],
            remembered,
            self.resolve,
            self.asked.append,
            lambda address: address in self.living,
            self.told.append,
        )
        self.addCleanup(made.stop)
        made.start()
        return made

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        if host not in self.names:
            raise UsageError(f"{host} has no address")
        return self.names[host]

    def test_a_silent_seed_is_tried_again_and_again(self) -> None:
        """For ever: it may come up tomorrow."""
        self.seeds("alice")
        assert self.asked == [ALICE]
        self.clock.pump([LONGEST_WAIT] * 20)
        assert len(self.asked) == 21

    def test_a_seed_that_is_a_live_member_is_left_alone(self) -> None:
        """Until it is dead; then it is tried again (this heals a split)."""
        self.seeds("alice")
        self.living.add(ALICE)
        self.clock.pump([LONGEST_WAIT] * 3)
        assert self.asked == [ALICE]
        self.living.clear()
        self.clock.advance(LONGEST_WAIT)
        assert self.asked == [ALICE, ALICE]

    def test_a_name_is_resolved_anew_each_time(self) -> None:
        """A seed may move."""
        self.seeds("alice")
        self.names["alice"] = [BOB]
        self.clock.advance(LONGEST_WAIT)
        assert self.asked == [ALICE, BOB]

    def test_a_name_is_looked_up_once_at_a_time(self) -> None:
        """A name service that is silent must not be asked more and more."""
        answers: list[Deferred[Sequence[Address]]] = []

        def resolve(host: str, port: int) -> Deferred[Sequence[Address]]:
            answers.append(Deferred())
            return answers[-1]

        self.resolve = resolve  # type: ignore[assignment,method-assign]
        self.seeds("alice")
        self.clock.pump([LONGEST_WAIT] * 5)
        assert len(answers) == 1
        answers[0].errback(UsageError("nobody knows alice"))
        assert self.told == [SeedUnresolved("alice:1001", "nobody knows alice")]
        self.clock.advance(LONGEST_WAIT)
        answers[1].callback([ALICE])
        assert self.asked == [ALICE]

    def test_a_name_that_leads_nowhere_is_told(self) -> None:
        """And tried again."""
        self.seeds("nobody")
        assert self.told == [SeedUnresolved("nobody:1001", "nobody has no address")]
        self.names["nobody"] = [BOB]
        self.clock.advance(LONGEST_WAIT)
        assert self.asked == [BOB]

    def test_the_remembered_are_tried_until_somebody_answers(self) -> None:
        """A seed that was killed finds its cluster again without a seed."""
        made = self.seeds(remembered=[ALICE, BOB])
        assert sorted(self.asked) == [ALICE, BOB]
        made.joined(BOB)
        self.clock.pump([LONGEST_WAIT] * 3)
        assert sorted(self.asked) == [ALICE, BOB]

    def test_a_seed_that_does_not_answer_is_told_until_it_does(self) -> None:
        """Once for each reason, however often it is tried."""
        made = self.seeds("alice")
        for why in ("nothing listens there", "nothing listens there", "another key"):
            made.failed(ALICE, why)
        assert self.told == [
            SeedSilent("alice:1001", "nothing listens there"),
            SeedSilent("alice:1001", "another key"),
        ]
        made.joined(ALICE)
        made.joined(ALICE)
        assert self.told[2:] == [SeedAnswered("alice:1001")]

    def test_a_seed_that_joins_us_has_answered(self) -> None:
        """It came up after us and dialled first."""
        made = self.seeds("alice")
        made.failed(ALICE, "nothing listens there")
        self.living.add(ALICE)
        self.clock.advance(LONGEST_WAIT)
        assert self.told[1:] == [SeedAnswered("alice:1001")]

    def test_one_address_of_several_is_enough(self) -> None:
        """A name may lead to an address that this machine has no way to."""
        self.names["alice"] = [ALICE, BOB]
        made = self.seeds("alice")
        self.living.add(BOB)
        made.failed(ALICE, "no route")
        made.failed(Address("192.0.2.1", 1), "remembered, and gone")
        assert self.told == []
