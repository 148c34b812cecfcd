"""
What a library's member is told at its start, checked; and its folder.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gossipchat.errors import Refused
from gossipchat.names import split_host_port
from gossipchat.node.settings import NodeSettings, is_loopback
from gossipchat.wire.layers.keyring import KeyRing, parse_key

NOWHERE = Path("/nonexistent")
"""Stands for the folder that is made at the start."""

WITHOUT_HASTE = {"say_rate": 0.0}
"""A program paces itself; the limit is for people who paste."""


@dataclass
class Surroundings:
    """Where and as whom a ``Cluster`` is to be."""

    settings: NodeSettings
    keyring: KeyRing | None
    """Keys that live in memory; None: those of a file, or none."""
    is_passing: bool
    """Its folder is made for it and removed after it."""

    @classmethod
    def checked(
        cls,
        listen: str,
        seeds: Sequence[str],
        name: str | None,
        keyring: Sequence[str] | Path | None,
        tags: Mapping[str, str] | None,
        data: Path | str | None,
        advertise: str | None,
        label: str,
        profile: str,
        overrides: Mapping[str, Mapping[str, object]] | None,
        is_open: bool,
    ) -> "Surroundings":
        """Raises UsageError with what cannot be so."""
        changes = {**(overrides or {})}
        changes["chat"] = {**WITHOUT_HASTE, **changes.get("chat", {})}
        file = keyring.absolute() if isinstance(keyring, Path) else None
        settings = NodeSettings(
            data=NOWHERE if data is None else Path(data).expanduser().absolute(),
            listen=split_host_port(listen),
            advertise=None if advertise is None else split_host_port(advertise),
            name=name,
            seeds=tuple(split_host_port(seed) for seed in seeds),
            keyring=file,
            open=is_open,
            label=label,
            profile=profile,
            tags=dict(tags or {}),
            overrides=changes,
        )
        ring = None
        if keyring is not None and not isinstance(keyring, Path):
            ring = KeyRing([parse_key(key) for key in keyring])
        has_key = ring is not None or settings.keyring_file is not None
        if not (is_open or has_key or is_loopback(settings.listen[0])):
            raise Refused(
                f"{settings.listen[0]} can be reached from other machines, and there"
                " are no keys: give the cluster's keyring, or open=True to let anyone"
                " join and read"
            )
        return cls(settings, ring, data is None)

    @property
    def listen(self) -> tuple[str, int]:
        """Where UDP and TCP are taken; the host may be a name."""
        return self.settings.listen

    @property
    def advertise(self) -> tuple[str, int] | None:
        """What others are told; None: what is taken."""
        return self.settings.advertise

    def make_folder(self) -> None:
        """A folder for a passing member."""
        if self.is_passing:
            folder = Path(tempfile.mkdtemp(prefix="gossipchat-"))
            self.settings = replace(self.settings, data=folder)

    def remove_folder(self) -> None:
        """The member is gone; so is what was its own."""
        if self.is_passing and self.settings.data != NOWHERE:
            shutil.rmtree(self.settings.data, ignore_errors=True)
