"""
One page of all tables and pictures: RESULTS/README.md, which code hosts show.

    python bench/page.py                                      # of bench/results
    BENCH_RESULTS=bench/results/short python bench/page.py    # of make bench
"""

from pathlib import Path

from lab import asked
from lab.paper import RESULTS

PAGE = "README.md"


def main() -> None:
    """Write it, and say where it is."""
    asked.parser(__doc__).parse_args()
    tables = sorted(path for path in RESULTS.glob("*.md") if path.name != PAGE)
    pictures = sorted(RESULTS.glob("*.svg"))
    parts = [_part(path, pictures) for path in tables]
    page = RESULTS / PAGE
    page.write_text("# What was measured\n\n" + "\n".join(parts), encoding="utf-8")
    print(f"{len(tables)} tables and {len(pictures)} pictures: {page}")


def _part(path: Path, pictures: list[Path]) -> str:
    """One bench's: its name, its table, the pictures that are called as it is."""
    shown = [
        f"![{one.stem}]({one.name})\n"
        for one in pictures
        if one.stem == path.stem or _belongs(one, path)
    ]
    return "\n".join([f"## {path.stem}\n", path.read_text(encoding="utf-8"), *shown])


def _belongs(picture: Path, path: Path) -> bool:
    """Whether it is one of several of this table, and no table's of its own."""
    own = picture.with_suffix(".md").exists()
    return not own and picture.stem.rpartition("-")[0] == path.stem


if __name__ == "__main__":
    main()
