"""The court: who judges, what a judge does at each beat, and what it needs to bury."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gossipchat.effects import Stalled
from gossipchat.names import NodeName
from gossipchat.swim.config import SwimConfig
from gossipchat.swim.detector.hearings import MOST_ACCUSERS
from gossipchat.swim.detector.questions import CourtStream
from gossipchat.swim.events import (
    Effect,
    OpenStream,
    SendPacket,
    StreamAnswered,
    StreamFailed,
)
from gossipchat.wire.memberlist.messages import Ack, Dead, IndirectPing, Ping
from tests.pure.swim.builders import (
    ALIVE,
    BOB,
    DEAD,
    EVE,
    ME,
    SUSPECT,
    Driven,
    address_of,
    alive,
    of_kind,
    proven,
    quiet,
    sent,
    sent_to,
    suspect,
)

COURT = replace(
    quiet(),
    court_judges=4,
    path_timeout_most=0.3,
    probe_interval=900.0,
    tell_deaths_at_once=True,
)
"""With a court, and without probes beside it."""

OTHERS = (EVE, "ann", "joe")
"""With us they are four, so each of them is a judge."""


class Trial:
    """Bob before us; who of the others answers our pings, and whether he does."""

    def __init__(
        self,
        config: SwimConfig = COURT,
        answering: Sequence[str] = OTHERS,
        others: Sequence[str] = OTHERS,
        by: str = EVE,
        meta: bytes | None = None,
    ) -> None:
        self.node = Driven(config).start()
        for name in (BOB, *others):
            self.node.hear(alive(name, meta=proven(name) if meta is None else meta))
        self.answering = {address_of(name) for name in answering}
        self.node.effects.clear()
        self.act(self.node.hear(suspect(by=by)))

    def act(self, effects: list[Effect]) -> None:
        """Answer what *effects* ask; nobody listens at Bob's TCP port."""
        for to, message in sent_to(effects):
            if isinstance(message, Ping) and to in self.answering:
                self.act(self.node.hear(Ack(message.seq_no), source=to))
        for dial in of_kind(effects, OpenStream):
            if isinstance(dial.stream, CourtStream):
                self.act(self.node.feed(StreamFailed(dial.stream, "refused")))

    def go_on(self, seconds: float) -> list[Effect]:
        """Let time pass, and answer as it comes."""
        before, end = len(self.node.effects), self.node.now + seconds
        while self.node.now < end - 1e-9:
            self.act(self.node.advance(min(0.05, end - self.node.now)))
        return self.node.effects[before:]


def pings_to(effects: list[Effect], name: str) -> list[Ping]:
    where = address_of(name)
    return [
        message
        for to, message in sent_to(effects)
        if to == where and isinstance(message, Ping)
    ]


def test_a_judge_pings_at_each_beat_and_tells_the_suspect() -> None:
    """Ping and accusation in one packet, every 200 ms, from the first moment on."""
    trial = Trial()
    trial.go_on(0.95)
    assert len(pings_to(trial.node.effects, BOB)) == 5
    told = [
        message
        for to, message in sent_to(trial.node.effects)
        if to == address_of(BOB) and message == suspect(by=ME)
    ]
    assert len(told) >= 5


def test_a_judge_asks_two_more_helpers_a_beat_and_tcp_once() -> None:
    """From the second beat on: the first ping's answer would be here. None twice."""
    trial = Trial()
    first = trial.go_on(0.15)
    later = trial.go_on(1.2)
    assert not sent(first, IndirectPing) and not of_kind(first, OpenStream)
    assert len(sent(trial.go_on(0.1), IndirectPing)) == 0
    assert len(sent(later, IndirectPing)) == 3
    (dial,) = of_kind(later, OpenStream)
    assert dial.to == address_of(BOB)
    assert dial.timeout == pytest.approx(1.3)


def test_the_verdict_comes_when_the_window_is_over() -> None:
    """And two last looks: 1.52 s after the accusation was heard, not before."""
    trial = Trial()
    trial.go_on(1.515)
    assert trial.node.status(BOB) is SUSPECT
    effects = trial.go_on(0.01)
    assert trial.node.status(BOB) is DEAD
    assert Dead(1, BOB, ME) in sent(effects, Dead)


def test_a_judge_accuses_after_three_failed_tries() -> None:
    """Straight to the other judges, until each has said that it heard."""
    trial = Trial(answering=(EVE, "ann"))
    assert suspect(by=ME) not in [
        message for to, message in sent_to(trial.go_on(0.55)) if to != address_of(BOB)
    ]
    effects = trial.go_on(0.4)
    assert len(pings_to(effects, EVE)) == len(pings_to(effects, "ann")) == 1
    assert len(pings_to(effects, "joe")) == 2


def test_the_accuser_tells_the_judges_at_once() -> None:
    """So that all begin together."""
    trial = Trial(by=ME)
    for name in OTHERS:
        assert len(pings_to(trial.node.effects, name)) == 1


def test_one_ack_of_the_suspect_ends_it() -> None:
    """It has heard the accusation with the ping, and will refute it."""
    trial = Trial()
    trial.go_on(1.3)
    late = pings_to(trial.node.effects, BOB)[-1]
    trial.node.hear(Ack(late.seq_no), source=address_of(BOB))
    trial.go_on(2.0)
    assert trial.node.status(BOB) is SUSPECT
    trial.node.hear(alive(BOB, incarnation=2, meta=proven(BOB)))
    assert trial.node.status(BOB) is ALIVE
    assert not pings_to(trial.go_on(2.0), BOB)


def test_an_answer_over_tcp_ends_it_too() -> None:
    """UDP may be blocked for all of us."""
    trial = Trial()
    trial.node.advance(0.21)
    (dial,) = of_kind(trial.node.effects, OpenStream)
    trial.node.feed(StreamAnswered(dial.stream, Ack(1)))
    trial.go_on(4.0)
    assert trial.node.status(BOB) is SUSPECT


@pytest.mark.parametrize("answering", [(), (EVE,)])
def test_who_hears_too_few_others_gives_no_verdict(answering: Sequence[str]) -> None:
    """Two must have answered: else it may be us that nothing reaches."""
    trial = Trial(answering=answering)
    trial.go_on(10.0)
    assert trial.node.status(BOB) is SUSPECT


def test_who_alone_accuses_gives_no_verdict() -> None:
    """Another judge must have failed as well."""
    trial = Trial(by=ME)
    trial.go_on(2.0)
    assert trial.node.status(BOB) is SUSPECT
    trial.act(trial.node.hear(suspect(by="joe")))
    trial.go_on(0.25)
    assert trial.node.status(BOB) is DEAD


def test_alone_with_the_suspect_a_sign_of_life_is_enough_and_needed() -> None:
    """Nobody can confirm it; without a sign it may be us that are lost."""
    for refuses in (True, False):
        node = Driven(COURT).start()
        node.hear(alive(BOB, meta=proven(BOB)))
        node.hear(suspect(BOB, by=ME))
        node.advance(1.0)
        (dial,) = of_kind(node.effects, OpenStream)
        node.feed(StreamFailed(dial.stream, "no answer", refused=refuses))
        node.advance(3.0)
        assert node.status(BOB) is (DEAD if refuses else SUSPECT)


def test_a_stall_begins_the_hearing_anew() -> None:
    """What we slept through is nobody's silence."""
    trial = Trial()
    trial.go_on(1.4)
    trial.act(trial.node.feed(Stalled(0.5)))
    trial.go_on(1.45)
    assert trial.node.status(BOB) is SUSPECT
    trial.go_on(0.1)
    assert trial.node.status(BOB) is DEAD


@pytest.mark.parametrize("many", [12, 40])
def test_who_is_no_judge_leaves_the_suspect_alone(many: int) -> None:
    """Each case has four judges, the same for all; the others wait."""
    names = [f"n{number}" for number in range(many)]
    cases = 60
    node = Driven(COURT).start()
    for name in names:
        node.hear(alive(name, meta=proven(name)))
    sat = 0
    for case in range(1, cases + 1):
        name = names[case % many]
        sat += bool(sent(node.hear(suspect(name, 2 * case)), Ping))
        node.hear(alive(name, 2 * case + 1, proven(name)))
    expected = cases * 4 / many
    assert 0.3 * expected < sat < 2.2 * expected


def test_members_without_an_identity_have_no_court() -> None:
    """Serf agents keep memberlist's timing."""
    trial = Trial(meta=b"")
    trial.go_on(5.0)
    assert not pings_to(trial.node.effects, BOB)


def test_the_back_stop_needs_a_failure_of_its_own() -> None:
    """The slow timer opens a last hearing, which needs nobody's accusation."""
    config = replace(COURT, probe_interval=1.0, suspicion_max_mult=1)
    trial = Trial(config=config, by=ME)
    trial.go_on(3.9)
    assert trial.node.status(BOB) is SUSPECT
    effects = trial.go_on(0.3)
    assert trial.node.status(BOB) is SUSPECT and pings_to(effects, BOB)
    trial.go_on(1.4)
    assert trial.node.status(BOB) is DEAD


def test_who_answers_in_the_last_hearing_gets_its_time_again() -> None:
    """Its refutation has got lost so far."""
    config = replace(COURT, probe_interval=1.0, suspicion_max_mult=1)
    trial = Trial(config=config, by=ME)
    trial.go_on(4.1)
    trial.answering.add(address_of(BOB))
    trial.go_on(8.0)
    assert trial.node.status(BOB) is SUSPECT


def test_a_suspect_without_a_verdict_is_asked_on_once_a_period() -> None:
    """Twice the window without two witnesses: nobody else may ask it for long."""
    trial = Trial(replace(COURT, probe_interval=1.0), answering=())
    trial.go_on(3.05)
    later = pings_to(trial.go_on(4.0), BOB)
    assert 4 <= len(later) <= 8  # with the round's own


def test_a_new_accuser_opens_the_case_again() -> None:
    """It answered then; what of now?"""
    trial = Trial(answering=())
    trial.go_on(3.5)
    trial.answering = {address_of(name) for name in OTHERS}
    trial.act(trial.node.hear(suspect(by="joe")))
    trial.go_on(1.55)
    assert trial.node.status(BOB) is DEAD


def test_a_suspect_of_long_is_asked_by_everyone_now_and_then() -> None:
    """Not a judge, and the refutation has missed us: memberlist would wait for the
    slow timer."""
    config = replace(COURT, probe_interval=1.0, even_probing=True)
    node = Driven(config, answered=True).start()
    for number in range(40):
        node.hear(alive(f"n{number}", meta=proven(f"n{number}")))
    node.hear(alive(BOB, meta=proven(BOB)))
    for incarnation in range(2, 100):  # until we are not among its judges
        if not pings_to(node.hear(suspect(BOB, incarnation)), BOB):
            break
        node.hear(alive(BOB, incarnation + 1, meta=proven(BOB)))
    asked = pings_to(node.advance(2.9), BOB)
    assert len(pings_to(node.advance(4.0), BOB)) >= 3
    assert not asked


def test_hearings_are_bounded() -> None:
    """Beyond max_hearings the slow timers do."""
    node = Driven(replace(COURT, max_hearings=2)).start()
    for name in (BOB, *OTHERS):
        node.hear(alive(name, meta=proven(name)))
    effects = [
        effect for name in (BOB, *OTHERS) for effect in node.hear(suspect(name, by=ME))
    ]
    heard = {NodeName(ping.node) for ping in sent(effects, Ping)}
    assert {BOB, EVE} <= heard
    assert len(node.swim._parts.detector._court) == 2


def test_the_settings_leave_time_for_three_pings() -> None:
    """In each of the three profiles."""
    for config in (SwimConfig.lan(), SwimConfig.wan(), SwimConfig.local()):
        needed = 3 * config.court_beat + config.path_timeout_most
        assert config.court_window >= needed


def test_accusers_that_are_made_up_are_not_all_told() -> None:
    """Each beat would go to all in whose names somebody has accused."""
    crowd = [f"c{number}" for number in range(3 * MOST_ACCUSERS)]
    trial = Trial(by=ME, others=(*OTHERS, *crowd))
    trial.node.hear(*(suspect(by=name) for name in crowd))
    packets = of_kind(trial.node.advance(0.25), SendPacket)
    assert MOST_ACCUSERS <= len(packets) <= 2 * MOST_ACCUSERS
