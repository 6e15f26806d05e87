"""Figures and names as people read them."""

import math
from collections.abc import Callable, Sequence

NOTHING = "\N{EN DASH}"
"""Stands where there is no figure."""

METRICS: dict[str, str] = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "top_5_accuracy": "top-5 accuracy",
    "log_loss": "log-loss",
    "balanced_log_loss": "balanced log-loss",
    "brier": "Brier",
    "ece": "ECE",
}
"""Keys of `summary.json` in the order of the report, and what they are called there."""


def number(value: float | None, spec: str = ".4f") -> str:
    """A figure by its format, with a true minus; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = format(value, spec)
    if not any(digit in text for digit in "123456789"):
        return text.lstrip("+-")  # zero, once rounded, is on neither side
    return text.replace("-", "\N{MINUS SIGN}", 1)


def nats(value: float | None) -> str:
    """A log-loss, a Brier score or another small figure: four decimals."""
    return number(value, ".4f")


def percent(value: float | None) -> str:
    """A share in [0, 1] as a percentage of two decimals."""
    return number(value, ".2%")


def scored(metric: str, value: float | None) -> str:
    """A metric's value: shares of samples as a percentage, the others with four decimals."""
    return percent(value) if metric.endswith("accuracy") else nats(value)


def tick(value: float) -> str:
    """A value on an axis."""
    return number(value, ".4g")


def tick_percent(value: float) -> str:
    """A share on an axis; nothing beyond what a share can be."""
    return f"{number(100 * value, '.4g')}%" if -1e-9 < value < 1 + 1e-9 else ""


def gained(metric: str, value: float | None) -> str:
    """A difference with its sign: percentage points for accuracy, else the metric's unit."""
    if metric != "accuracy":
        return number(value, "+.4f")
    return number(None if value is None else 100 * value, "+.2f")


def span(estimate: Sequence[float], write: Callable[[float], str]) -> str:
    """The interval of `[low, mid, high]`, without its middle."""
    low, _, high = estimate
    return f"{write(low)} to {write(high)}"


def count(value: float | None) -> str:
    """A whole number with thousands apart."""
    return number(value, ",.0f")


def seconds(value: float | None) -> str:
    """A duration: 0.42 s, 12.3 s, 4 min 05 s, 2 h 03 min."""
    if value is None or value < 60:
        return NOTHING if value is None else f"{value:.{1 if value >= 10 else 2}f} s"
    if value < 3600:
        return f"{int(value) // 60} min {int(value) % 60:02d} s"
    return f"{int(value) // 3600} h {int(value) % 3600 // 60:02d} min"


def measured(value: float | None) -> str:
    """Milliseconds or megabytes: three figures that count, thousands apart."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}"


def weight(value: float | None) -> str:
    """A weight; one of exactly 0 is not needed to predict, and says so by having no decimals."""
    return "0" if value == 0 else number(value, ".3f")


def plural(n: int, noun: str) -> str:
    """`1 image`, `2,000 images`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def shortened(name: str, n_letters: int = 20) -> str:
    """A name cut in its middle: `convnet_a` and `convnet_b` differ at the end."""
    name = " ".join(name.split())
    if len(name) <= n_letters:
        return name
    tail = (n_letters - 1) // 2
    return f"{name[: n_letters - 1 - tail]}…{name[-tail:]}"
