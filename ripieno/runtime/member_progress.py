"""Where one member stands, in words: what the live lines and the plain lines have in common."""

import math
from collections import deque
from pathlib import Path

from ripieno.runtime.progress import Status, tail
from ripieno.training.epoch import Epoch

RECENT = 5
"""Epochs that the time left is estimated from: the pace of a shared machine changes."""

SLOW_EPOCH = 20.0
"""Seconds. A first epoch shorter than that is mostly start-up, and says nothing of the pace."""

COLUMNS = ("epoch", "log-loss", "accuracy", "images/s", "time")
WIDTHS = (9, 9, 9, 9, 13)
NAME_WIDTH = 24
"""Longer names are cut on a narrow terminal."""


class MemberProgress:
    """What a member's file has said so far.

    Args:
        name: The member's name.
        log: Its file, which need not exist yet.
        now: Seconds on a clock that never goes back, as in all later calls.
    """

    def __init__(self, name: str, log: Path, now: float) -> None:
        self.name = name
        self.status = Status("waiting")
        self.epoch: Epoch | None = None
        self._tail = tail(log)
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._begun = self._changed = now

    def poll(self, now: float) -> bool:
        """Read what is new; whether there was anything."""
        epochs = list(self._tail)
        status = self._tail.status or self.status
        if epochs and status.state == "waiting":
            status = Status("training")
        if not epochs and status is self.status:
            return False
        if status.state == "training" != self.status.state:
            self.epoch, self._begun = None, now
            self._recent.clear()
        for epoch in epochs:
            if epoch.number == 2:  # a pace without the start-up, now that there is one
                self._recent.clear()
            self.epoch = epoch
            self._recent.append(epoch.seconds)
        self.status, self._changed = status, now
        return True

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        return self.status.state in ("done", "reused", "failed")

    @property
    def stage(self) -> str:
        """The state, and where in a training: before the first epoch, at it, or after the last."""
        if self.status.state != "training" or self.epoch is None:
            return self.status.state
        return "last epoch" if self.epoch.number >= self.epoch.n_epochs else "epochs"

    def seconds_left(self, now: float) -> float | None:
        """An estimate, at most; early stopping may make it less. None where there is none."""
        if self.epoch is None or self.ended:
            return None
        n_left = self.epoch.n_epochs - self.epoch.number
        if self.epoch.number == 1 and n_left and self.epoch.seconds < SLOW_EPOCH:
            return None
        left = n_left * sum(self._recent) / len(self._recent)
        return max(0.0, left - (now - self._changed))

    def cells(self, now: float) -> tuple[str, ...]:
        """One text for each of `COLUMNS`; the first is the state where that says more."""
        metrics = self.status.metrics or (self.epoch.metrics if self.epoch else {})
        figures = (
            _figure(metrics.get("validation_log_loss"), ".4f"),
            _figure(metrics.get("validation_accuracy"), ".2%"),
            _figure(metrics.get("images_per_second"), ",.0f") if not self.ended else "",
        )
        return (self._position(), *figures, self._time(now))

    def sentence(self, now: float) -> str:
        """The same in a line of its own."""
        if self.status.state == "failed":
            return f"{self.name}: failed: {self.status.text}"
        if self.stage == "training":
            return f"{self.name}: training"
        if self.status.state == "reused":
            return f"{self.name}: reused from the store"
        position, log_loss, accuracy, pace, time = self.cells(now)
        words = [
            position if self.epoch is None or self.ended else f"epoch {position}",
            log_loss and f"log-loss {log_loss}",
            accuracy and f"accuracy {accuracy}",
            pace and f"{pace} images/s",
            time,
        ]
        return f"{self.name}: {', '.join(word for word in words if word)}"

    def _position(self) -> str:
        if self.status.state == "training" and self.epoch is not None:
            return f"{self.epoch.number}/{self.epoch.n_epochs}"
        return self.status.state

    def _time(self, now: float) -> str:
        if self.status.seconds is not None:
            return f"took {duration(self.status.seconds)}"
        if self.status.state != "training":
            return ""
        if self.stage == "last epoch":
            return "finishing"
        left = self.seconds_left(now)
        if left is None:
            return f"{duration(now - self._begun)} so far"
        return f"{duration(left)} left"


def _figure(value: float | None, spec: str) -> str:
    if value is None:
        return ""
    return format(value, spec) if math.isfinite(value) else "diverged"


def duration(seconds: float) -> str:
    """Seconds as people read them: `9.5 s`, `42 s`, `3:10`, `1:02:03`."""
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
