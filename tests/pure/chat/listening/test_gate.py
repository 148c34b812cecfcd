"""An answer waits for its question, but not for long."""

from collections.abc import Sequence

from gossipchat.chat.config import ChatConfig
from gossipchat.chat.events import (
    Deliver,
    Keep,
    Line,
    Persist,
    Persisted,
    PersistFailed,
    RunsArrived,
)
from gossipchat.effects import StartTimer, TimerFired
from gossipchat.feeds.run import Run
from gossipchat.names import EntryId
from tests.pure.chat.builders import BOB as BOB
from tests.pure.chat.builders import (
    WALL,
    World,
    at,
    bobs_run,
    carls_run,
    chat,
    key_of,
    tip_of,
)

QUESTION = EntryId(key_of(BOB), 9, 1)


def arrived(*runs: Run) -> RunsArrived:
    return RunsArrived(runs, tuple(tip_of(run) for run in runs))


class Reader(World):
    """Ann's chat, which holds what it has been brought."""

    def __init__(self, config: ChatConfig | None = None) -> None:
        self.held: set[EntryId] = set()
        super().__init__(chat(config, holds=self.held.__contains__))

    def bring(self, *runs: Run, seconds: float = 0.0) -> list[Line]:
        """*runs* come; the lines that are shown then."""
        for run in runs:
            seqs = range(run.first, run.last + 1)
            self.held |= {EntryId(*run.feed, seq) for seq in seqs}
        return shown(self.feed(arrived(*runs), seconds))


def shown(effects: Sequence[object]) -> list[Line]:
    return [line for e in effects if isinstance(e, Deliver) for line in e.lines]


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


def test_an_answer_that_comes_first_is_shown_second() -> None:
    """Arrival numbers say the same: the disk has them in this order, too."""
    ann = Reader()
    assert ann.bring(carls_run("42", after=(QUESTION,))) == []
    lines = ann.bring(bobs_run("how many?"), seconds=1)
    assert [(line.n, line.text, line.gap) for line in lines] == [
        (1, "how many?", False),
        (2, "42", False),
    ]


def test_in_one_frame_the_question_goes_first() -> None:
    """Whichever way round they lie in it."""
    answer, question = carls_run("42", after=(QUESTION,)), bobs_run("how many?")
    assert texts(Reader().bring(answer, question)) == ["how many?", "42"]


def test_after_two_seconds_it_is_shown_alone_and_marked() -> None:
    """The timer is set when the first one begins to wait."""
    ann = Reader()
    ann.bring(carls_run("42", after=(QUESTION,)))
    (timer,) = [e for e in ann.effects if isinstance(e, StartTimer)]
    assert timer.delay == 2.0
    lines = shown(ann.feed(TimerFired(timer.key), 2.0))
    assert [(line.text, line.gap) for line in lines] == [("42", True)]
    assert texts(ann.bring(bobs_run("how many?"), seconds=3)) == ["how many?"]


def test_what_its_author_said_next_waits_behind_it() -> None:
    """An author's own order is never turned round."""
    ann = Reader()
    first = carls_run("42", after=(QUESTION,))
    ann.bring(first)
    assert ann.bring(carls_run("sure", first=2, prev=tip_of(first))) == []
    assert texts(ann.bring(bobs_run("how many?"))) == ["how many?", "42", "sure"]


def test_a_chain_of_answers_is_let_go_by_its_first_question() -> None:
    """In one go, each after what it answers."""
    ann = Reader()
    answer = carls_run("42", after=(QUESTION,))
    more = EntryId(*answer.feed, 1)
    ann.bring(bobs_run("why?", first=2, prev=tip_of(bobs_run("q")), after=(more,)))
    ann.bring(answer)
    assert texts(ann.bring(bobs_run("q"))) == ["q", "42", "why?"]


def test_what_waits_is_not_yet_on_disk() -> None:
    """A kill loses nothing by it: it comes again."""
    ann = Reader()
    ann.bring(carls_run("42", after=(QUESTION,)))
    assert not any(isinstance(e, Persist | Keep) for e in ann.effects)
    assert not ann.chat.idle


def test_what_its_author_said_before_is_waited_for_too() -> None:
    """Links race."""
    ann = Reader()
    first = bobs_run("one")
    assert ann.bring(bobs_run("two", first=2, prev=tip_of(first))) == []
    assert texts(ann.bring(first, seconds=1)) == ["one", "two"]


def test_a_line_whose_author_s_last_one_never_came_is_marked() -> None:
    """Its chain says what it comes after, so `after` names nothing."""
    ann = Reader()
    before = carls_run("hm")
    assert ann.bring(carls_run("42", first=2, prev=tip_of(before))) == []
    (timer,) = [e for e in ann.effects if isinstance(e, StartTimer)]
    lines = shown(ann.feed(TimerFired(timer.key), 2.0))
    assert [(line.text, line.gap) for line in lines] == [("42", True)]


def test_what_was_said_long_ago_does_not_wait() -> None:
    """A node that catches up sorts when it is read; but one frame is put right."""
    ann = Reader()
    ann.bring(bobs_run("now", wall_ms=WALL + 60_000, epoch=1))
    question = bobs_run("how many?", epoch=2)
    lines = ann.bring(carls_run("42", after=(EntryId(*question.feed, 1),)))
    assert [(line.text, line.gap) for line in lines] == [("42", True)]
    ann = Reader()
    ann.bring(bobs_run("now", wall_ms=WALL + 60_000, epoch=1))
    answer = carls_run("42", after=(EntryId(*question.feed, 1),))
    assert texts(ann.bring(answer, question)) == ["how many?", "42"]


def test_too_many_do_not_wait() -> None:
    """Above the bound the one that waits longest is shown, marked."""
    ann = Reader(ChatConfig(max_held_runs=2))
    runs = []
    for number in range(3):
        nobody = EntryId(key_of(BOB), 1000 + number, 1)
        runs.append(carls_run(f"{number}", after=(nobody,), epoch=number))
    lines = ann.bring(*runs)
    assert [(line.text, line.gap) for line in lines] == [("0", True)]


def test_lines_never_wait_when_that_is_set() -> None:
    """after_wait = 0."""
    ann = Reader(ChatConfig(after_wait=0))
    assert texts(ann.bring(carls_run("42", after=(QUESTION,)))) == ["42"]


def test_who_waited_waits_on_for_a_question_that_could_not_be_written() -> None:
    """The disk was full when the question went on; both come again, in order."""
    ann = Reader()
    question, before = bobs_run("how many?"), carls_run("hm")
    answer = carls_run("42", first=2, prev=tip_of(before), after=(QUESTION,))
    ann.bring(answer)  # waits for both
    failed = [*ann.chat.handle(arrived(question), at(0.1))]
    (lost,) = [effect for effect in failed if isinstance(effect, Persist)]
    ann.chat.handle(PersistFailed(lost.number, "the disk is full"), at(0.2))
    assert texts(ann.bring(before, seconds=0.3)) == ["hm"]
    assert texts(ann.bring(question, seconds=0.4)) == ["how many?", "42"]


def test_what_was_right_behind_a_question_that_could_not_be_written_is_marked() -> None:
    """Room was made between the two batches: the answer is on disk, alone."""
    ann = Reader()
    ann.held.add(QUESTION)  # on its way to the disk
    question, answer = (
        persisted(ann.chat.handle(arrived(run), at(0.1)))
        for run in (bobs_run("how many?"), carls_run("42", after=(QUESTION,)))
    )
    ann.held.remove(QUESTION)
    ann.chat.handle(PersistFailed(question, "the disk is full"), at(0.2))
    lines = shown(ann.chat.handle(Persisted(answer, 1), at(0.2)))
    assert [(line.text, line.gap) for line in lines] == [("42", True)]


def persisted(effects: Sequence[object]) -> int:
    """The number of the batch that goes to the disk."""
    (batch,) = [effect for effect in effects if isinstance(effect, Persist)]
    return batch.number
