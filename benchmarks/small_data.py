"""How good an ensemble is whose weights are fitted on few validation images.

    python -m benchmarks.small_data [--data digits fashion_mnist mnist] [--draws 20]
                                    [--mnist FOLDER]

Quick members are trained once (minutes on one core; the workspace keeps what they predict). For
every size so many validation images are drawn, each rule is fitted on them and scored on the whole
test split: `auto`, `auto` of the version before, and greedy selection, the plain mean and the best
member, calibrated alike. `greedy_selection` does what AutoGluon's `EnsembleSelection` does: a
member a round by the log-loss of the mean, with replacement, 25 rounds, the best prefix of them
kept. Draws are paired: the interval is that of the mean difference to the version before over the
draws, of one set of members. Data whose files are missing are left out, and that is said.

Measured over 20 draws, `auto` and the version before in nats, and the worst draw of `auto` over its
mean:

    digits           100   0.0439   0.0634   -0.0195 +- 0.0066   1.28
    digits           359   0.0338   0.0435   -0.0097 +- 0.0041   1.24
    fashion_mnist    100   0.3924   0.4163   -0.0239 +- 0.0204   1.22
    fashion_mnist    359   0.3702   0.3836   -0.0134 +- 0.0047   1.03
    fashion_mnist  1,440   0.3663   0.3715   -0.0052 +- 0.0012   1.01
    mnist            100   0.0424   0.0530   -0.0106 +- 0.0099   1.29
    mnist            359   0.0322   0.0420   -0.0099 +- 0.0034   1.35
    mnist          1,440   0.0277   0.0285   -0.0008 +- 0.0014   1.22

On other draws of so few images the prior's strength of 10 instead of 3 made up to 6 % of
difference, on MNIST for the better and on the digits for the worse.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks.rule_before import rule_before
from benchmarks.small_data_members import SETTINGS, Predictions, predictions
from conf.workspace import Workspace
from ripieno.errors import DataError
from ripieno.evaluation.metrics import log_loss
from ripieno.pooling import Pool, fit_pool
from ripieno.types import FloatArray, IntArray

SIZES = (100, 359, 1440)
RULES: dict[str, Callable[[FloatArray, IntArray], Pool]] = {
    "auto": partial(fit_pool, "auto"),
    "version before": rule_before,
    "greedy selection": partial(fit_pool, "greedy_selection"),
    "plain mean": partial(fit_pool, "uniform"),
    "best member": partial(fit_pool, "best_member"),
}

Scores = dict[str, FloatArray]
"""Test log-loss of each draw, by rule."""


def main() -> None:
    """Parse the command line, measure, print and plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=list(SETTINGS), choices=SETTINGS)
    parser.add_argument("--draws", type=int, default=20, help="draws of each size")
    parser.add_argument("--mnist", type=Path, metavar="FOLDER", help="where MNIST's IDX files lie")
    arguments = parser.parse_args()
    folder = Workspace.default().root / "benchmarks"
    measured: dict[str, dict[int, Scores]] = {}
    print(
        f"test log-loss, mean of {arguments.draws} draws; difference to the version before (95 %)"
    )
    print(f"{'data':14}{'n':>6} " + "".join(f"{rule:>17}" for rule in RULES), end="")
    print(f"{'ratio':>8}{'difference':>20}{'worst / mean':>14}")
    for name in arguments.data:
        try:
            data = predictions(name, folder, arguments.mnist if name == "mnist" else None)
        except DataError as error:
            print(f"{name:14}NOT MEASURED: {error}")
            continue
        measured[name] = {}
        for size in (n for n in SIZES if n <= len(data.labels)):
            measured[name][size] = scores = _scores(data, size, arguments.draws)
            print(f"{name:14}{size:6} {_row(scores)}", flush=True)
    if measured:
        picture = folder / "small_data.png"
        _plot(measured, picture)
        print(f"Plot: {picture}")


def _scores(data: Predictions, size: int, n_draws: int) -> Scores:
    rng = np.random.default_rng(size)
    scores: dict[str, list[float]] = {rule: [] for rule in RULES}
    for _ in range(n_draws):
        drawn = rng.choice(len(data.labels), size, replace=False)
        for rule, fit in RULES.items():
            pool = fit(data.validation[:, drawn], data.labels[drawn])
            scores[rule].append(log_loss(pool.predict_proba(data.test), data.test_labels))
    return {rule: np.array(values) for rule, values in scores.items()}


def half_width(differences: FloatArray) -> float:
    """Half the width of the 95 % interval of a mean, by Student's t."""
    quantile = stats.t.ppf(0.975, len(differences) - 1)
    return float(quantile * np.std(differences, ddof=1) / np.sqrt(len(differences)))


def _row(scores: Scores) -> str:
    ours, before = scores["auto"], scores["version before"]
    difference = f"{np.mean(ours - before):+.4f} ± {half_width(ours - before):.4f}"
    means = "".join(f"{values.mean():17.4f}" for values in scores.values())
    ratio = ours.mean() / before.mean()
    return f"{means}{ratio:8.3f}{difference:>20}{ours.max() / ours.mean():14.2f}"


def _plot(measured: dict[str, dict[int, Scores]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0 * len(measured), 4.0), layout="constrained")
    panels = figure.subplots(1, len(measured), squeeze=False)[0]
    for axes, (name, by_size) in zip(panels, measured.items(), strict=True):
        sizes = list(by_size)
        for rule in RULES:
            values = [by_size[size][rule] for size in sizes]
            errors = [half_width(v) for v in values]
            axes.errorbar(sizes, [v.mean() for v in values], errors, label=rule, marker="o")
        axes.set(title=name, xscale="log", xlabel="validation images", xticks=sizes)
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
    panels[0].set_ylabel("test log-loss (nats)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
