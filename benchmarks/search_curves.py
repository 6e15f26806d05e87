"""Best so far against trials: the curves of several seeds, as a table and as a plot."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Curves = dict[str, list[list[float]]]
"""The best log-loss after every trial, by sampler: a list a seed, an entry a trial."""


def best_so_far(trials: Sequence[Mapping[str, Any]]) -> list[float]:
    """The lowest log-loss after every trial; infinite until one is complete.

    Args:
        trials: Entries of `tuning.json`. One that failed spent its share of the budget.
    """
    in_order = sorted(trials, key=lambda trial: trial["number"])
    values = [trial["values"][0] if trial["values"] else math.inf for trial in in_order]
    best: list[float] = np.minimum.accumulate(values).tolist()
    return best


def tell(curves: Curves, configured: Sequence[float]) -> None:
    """Print median and range at a few numbers of trials, and the samplers seed by seed."""
    n_trials, n_seeds = len(next(iter(curves.values()))[0]), len(configured)
    columns = [2**k for k in range(n_trials.bit_length()) if 2**k < n_trials] + [n_trials]
    print(f"\nBest validation log-loss after n trials, median (lowest-highest) of {n_seeds} seeds;")
    print(f"as configured {_spread(configured)}")
    print(f"{'n':>4}" + "".join(f"{sampler:>26}" for sampler in curves))
    for n in columns:
        cells = (_spread([curve[n - 1] for curve in each]) for each in curves.values())
        print(f"{n:>4}" + "".join(f"{cell:>26}" for cell in cells))
    last = {sampler: np.array(each)[:, -1] for sampler, each in curves.items()}
    for sampler, values in last.items():
        if sampler != "random" and "random" in last:
            gains = last["random"] - values
            print(
                f"{sampler} against random, seed by seed: lower in {np.sum(gains > 0)} of"
                f" {n_seeds}, equal in {np.sum(gains == 0)}; median gain"
                f" {np.median(gains):+.4f} nats"
            )


def draw(curves: Curves, configured: Sequence[float], path: Path) -> None:
    """Write median, quartiles and range over the seeds to a PNG file; folders are made."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, panel = plt.subplots(figsize=(8, 5.5), layout="constrained")
    for i, (sampler, each) in enumerate(curves.items()):
        values = np.array(each)  # (n_seeds, n_trials)
        trials = np.arange(1, values.shape[1] + 1)
        lowest, first, median, third, highest = np.quantile(
            np.where(np.isfinite(values), values, np.nan), (0, 0.25, 0.5, 0.75, 1), axis=0
        )
        panel.step(trials, median, f"C{i}", where="post", linewidth=2, label=sampler)
        panel.fill_between(trials, first, third, step="post", color=f"C{i}", alpha=0.2)
        for line in (lowest, highest):
            panel.step(trials, line, f"C{i}", where="post", linewidth=0.6, linestyle=":")
    panel.axhline(np.median(configured), color="grey", linestyle="--", label="as configured")
    panel.set(yscale="log", xlabel="trials", ylabel="best validation log-loss so far (nats)")
    panel.set_title(f"median, quartiles and range of {len(configured)} seeds", fontsize=10)
    panel.xaxis.get_major_locator().set_params(integer=True)
    panel.grid(alpha=0.3, which="both")
    panel.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _spread(values: Sequence[float]) -> str:
    return f"{np.median(values):.4f} ({min(values):.4f}-{max(values):.4f})"
