"""
How far one's last line got: it stands in the prompt.
"""

from gossipchat.terminal.asking import Message

MAX_RECEIPTS = 200
"""Messages of which it is remembered how far they got."""


class Receipts:
    """Who has what this node's users said; the line's id may come later than that."""

    def __init__(self) -> None:
        self._counts: dict[str, str] = {}
        self._last = ""

    @property
    def of_the_last(self) -> str:
        """``7/9``: how many of how many have what was said last; or nothing."""
        return self._counts.get(self._last, "")

    def said(self, answer: Message) -> list[str]:
        """The node has taken what was said last."""
        self._last = str(answer.get("id", self._last))
        return []

    def heard(self, receipt: Message) -> list[str]:
        """A line got further; of a large cluster only some members are counted."""
        of, members = receipt["of"], receipt["members"]
        some = f" of {members}" if members > of else ""
        self._counts[receipt["id"]] = f"{len(receipt['have'])}/{of}{some}"
        if len(self._counts) > MAX_RECEIPTS:
            del self._counts[next(iter(self._counts))]
        return []
