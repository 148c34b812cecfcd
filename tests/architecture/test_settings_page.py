"""docs/settings.md says what the code says."""

from tests.architecture.settings_page import page
from tests.architecture.sources import ROOT


def test_the_settings_page_is_made_from_the_code() -> None:
    """To renew it: python -m tests.architecture.settings_page > docs/settings.md"""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page()
