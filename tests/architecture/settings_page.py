"""
docs/settings.md, made from the docstrings of the settings themselves.

    python -m tests.architecture.settings_page > docs/settings.md
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from gossipchat.node.settings import ROOMS, NodeSettings, room_config

HEAD = """\
# Settings

Made from the docstrings in the code (`python -m tests.architecture.settings_page`);
a test holds the two together. Every setting can stand in the TOML file of
`--config FILE`: those of the node at its top, those of a room in a table named after it
(`[swim]`). The command line wins. Durations are seconds, sizes bytes.
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [HEAD, *_section("The node", NodeSettings)]
    for room in ROOMS:
        parts += _section(f"[{room}]", room_config(room))
    return "\n".join(parts)


def _section(title: str, config: type[Any]) -> Iterator[str]:
    told = dict(_docstrings(config))
    yield f"## {title}\n"
    yield "| setting | default | what it does |\n|---|---|---|"
    for field in fields(config):
        if field.name not in ("overrides",):
            default = _default(config, field)
            yield f"| `{field.name}` | {default} | {told[field.name]} |"
    yield ""


def _default(config: type[Any], field: Field[Any]) -> str:
    if field.default is MISSING:
        return "" if field.default_factory is MISSING else "none"
    values = [str(getattr(preset(), field.name)) for preset in _presets(config)]
    if len(set(values)) > 1:
        return " / ".join(values) + " (lan / wan / local)"
    return "none" if field.default in (None, "", ()) else f"`{field.default}`"


def _presets(config: type[Any]) -> list[Any]:
    names = ("lan", "wan", "local")
    return [getattr(config, name) for name in names if hasattr(config, name)]


def _docstrings(config: type[Any]) -> Iterator[tuple[str, str]]:
    """Each field's name, and the text below it in one line."""
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(config))).body
    assert isinstance(node, ast.ClassDef)
    for field, text in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            assert isinstance(field.target, ast.Name)
            yield field.target.id, " ".join(ast.literal_eval(text.value).split())


if __name__ == "__main__":
    print(page(), end="")
