"""How many processes this machine, or this container's share of it, keeps busy."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from ripieno.errors import ConfigurationError

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def n_workers(setting: Literal["auto"] | int) -> int:
    """Worker processes for a setting.

    Args:
        setting: A number from 1 up, or `auto` for one a usable core.

    Raises:
        ConfigurationError: If it is neither.
    """
    if setting == "auto":
        return usable_cores()
    if isinstance(setting, int) and not isinstance(setting, bool) and setting >= 1:
        return setting
    raise ConfigurationError(f"runner.workers: expected 'auto' or an integer > 0, got {setting!r}.")


def usable_cores() -> int:
    """Cores that this process may use: its affinity and the quota of its container, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, math.floor(min([cores, *quotas(CGROUPS, OWN_CGROUP)])))


def quotas(cgroups: Path, own: Path) -> Iterator[float]:
    """Cores that each control group around this process allows, where it sets a limit.

    Both layouts are read: version 2 (`cpu.max`) at every level up to the root, version 1
    (`cpu.cfs_quota_us`) at the level of the process.

    Args:
        cgroups: Where the control groups are mounted.
        own: The file that names this process's groups.
    """
    try:
        groups = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return
    for _, controllers, name in groups:
        if not controllers:
            folder = cgroups / name.lstrip("/")
            for level in (folder, *folder.parents):
                if level.is_relative_to(cgroups):
                    yield from _quota(_words(level / "cpu.max"))
        elif "cpu" in controllers.split(","):
            for level in (cgroups / controllers, cgroups / controllers / name.lstrip("/")):
                files = (level / "cpu.cfs_quota_us", level / "cpu.cfs_period_us")
                yield from _quota([word for file in files for word in _words(file)])


def _quota(words: list[str]) -> Iterator[float]:
    """Microseconds of processor time over microseconds of time; `max` and -1 are no limit."""
    if len(words) == 2 and words[0].isdigit():
        yield int(words[0]) / int(words[1])


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
