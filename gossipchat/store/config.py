"""
The settings of the store: how long, and how much, is kept.
"""

from dataclasses import dataclass

from gossipchat.errors import ConfigError

MIB = 1 << 20


@dataclass(frozen=True)
class StoreConfig:
    """Sizes in bytes, durations in seconds; 0 stands for no limit."""

    max_age: float = 0
    """What its author dated longer ago than this is let go of, and no longer asked
    for. Others keep what they like: it is gone for good when nobody does."""

    max_bytes: int = 0
    """About what the database may hold. Above it what is oldest goes first. The file
    does not shrink, but its room is used again. Beside it stands SQLite's log: some
    megabytes, up to 64 while very much comes."""

    author_bytes_a_day: int = 64 * MIB
    """What one author may say in a day (UTC, by its own clock). Of who says more, the
    oldest goes first, so that a flood costs nobody but the one who makes it. What was
    said over many days may all come in one."""

    trim_interval: float = 600.0
    """How often it is looked whether anything must go. A look at a million entries
    takes a tenth of a second, beside the talk."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 0:
                raise ConfigError(f"store.{name}", value, "must not be below 0")
        if not self.trim_interval:
            raise ConfigError("store.trim_interval", 0, "must be above 0")
