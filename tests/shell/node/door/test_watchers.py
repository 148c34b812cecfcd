"""Those who watch are called in order, until they stop."""

from twisted.trial.unittest import SynchronousTestCase

from gossipchat.node.door.watchers import Watchers


class WatchersTests(SynchronousTestCase):
    """Watchers of anything."""

    def test_each_hears_until_it_stops(self) -> None:
        """Stopping twice is fine."""
        watchers: Watchers[int] = Watchers()
        heard: list[int] = []
        stop = watchers.add(heard.append)
        watchers.tell(1)
        stop()
        stop()
        watchers.tell(2)
        assert heard == [1]

    def test_one_that_raises_is_dropped_and_the_others_still_hear(self) -> None:
        """A broken face must not silence the rest."""
        watchers: Watchers[int] = Watchers()
        heard: list[int] = []
        watchers.add(lambda number: heard[number])  # type: ignore[arg-type]
        watchers.add(heard.append)
        watchers.tell(5)
        flushed = self.flushLoggedErrors(IndexError)  # type: ignore[no-untyped-call]
        assert len(flushed) == 1
        watchers.tell(0)
        assert heard == [5, 0]
