"""docs/architecture.md names every folder, docs/simulator.md those of the simulator."""

import pytest

from tests.architecture.sources import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SIMULATOR = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")

FOLDERS = sorted(
    init.parent.relative_to(ROOT / "gossipchat").as_posix()
    for init in (ROOT / "gossipchat").rglob("*/__init__.py")
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_is_on_its_page(folder: str) -> None:
    """Whoever is new finds on one page what each of them is for."""
    room, _, below = folder.partition("/")
    if room == "sim" and below:
        assert f"`{below.partition('/')[0]}/`" in SIMULATOR
    else:
        assert f"`{folder.rpartition('/')[2]}`" in PAGE
