"""The weights of a linear pool: time and quality against what else finds them.

    make bench-pooling
    python -m benchmarks.pooling [--output PNG] [--rounds 5] [--cores 2] [--peer PYTHON]

Ratios of medians, in turns on the same arrays, every run warmed up first. AutoGluon runs in an
environment and a process of its own (see `autogluon_peer`); where there is none it is left out, and
that is said. EM and SLSQP run with one BLAS thread and with all, and the better time counts.
"""

import argparse
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.timing import Times, in_turns, settle
from conf.workspace import Workspace

SAMPLES = (100, 1_000, 10_000, 100_000)
MEMBERS = (5, 10, 20, 50, 100)
MOST = 5_000_000  # values of a matrix on which both are timed
PEER = Path(".venv-bench/bin/python")


def main() -> None:
    """Parse the command line, measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Workspace.default().root / "benchmarks" / "pooling.png"
    parser.add_argument("--output", type=Path, default=default, help="where the plot goes")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts")
    parser.add_argument("--cores", type=int, default=2, help="cores that both sides may use")
    parser.add_argument("--peer", type=Path, default=PEER, help="a Python that has autogluon.core")
    arguments = parser.parse_args()
    print(f"{settle(arguments.cores)}; medians of {arguments.rounds} rounds in turns", flush=True)
    from benchmarks import pooling_curves

    against_autogluon(arguments.peer, arguments.rounds)
    against_em(arguments.rounds)
    curves = against_slsqp(arguments.rounds)
    curves["ripieno"].append((1_000_000, 20, at_scale(arguments.rounds)))
    memory()
    pooling_curves.draw(curves, arguments.output)
    print(f"\nTime against samples and members: {arguments.output}")


def against_autogluon(python: Path, n_rounds: int) -> None:
    """AutoGluon's ensemble selection on 10,000 samples of 10 classes."""
    from benchmarks.autogluon_peer import ROUNDS, AutoGluon

    try:
        peer = AutoGluon(python)
    except (OSError, RuntimeError) as error:
        print(f"\nAutoGluon: NOT COMPARED, {error} (`make bench-pooling` installs it)")
        return
    with peer, TemporaryDirectory() as folder:
        print(
            f"\n{peer.versions}, EnsembleSelection, {ROUNDS} rounds, log_loss: in an "
            "environment and process of its own, timed there, without imports and loading"
        )
        for n_members, target in ((5, 150), (20, 100)):
            _autogluon_line(peer, Path(folder), n_members, target, n_rounds)


def _autogluon_line(peer: Any, folder: Path, n_members: int, target: int, n_rounds: int) -> None:
    import numpy as np

    from benchmarks.simulated import simulated_proba
    from ripieno.evaluation.metrics import log_loss
    from ripieno.pooling.linear_pool import linear_pool

    proba, labels = simulated_proba(n_members, 10_000)
    peer.load(proba, labels, folder)
    runs = {"theirs": peer.fit, "ours": partial(linear_pool, proba, labels)}
    times, results = in_turns(runs, n_rounds, budget=30.0)
    weights = results["theirs"]["weights"], results["ours"].weights
    theirs, ours = (log_loss(np.tensordot(w, proba, axes=1), labels) for w in weights)
    _print_ratio(f"10,000 x 10 classes, {n_members} members", times, target)
    verdict = "not above" if ours <= theirs else "ABOVE"
    print(f"{'':30} log-loss {theirs:.6f} / {ours:.6f}: {verdict}", flush=True)


def against_em(n_rounds: int) -> None:
    """Plain expectation-maximisation, to a gap of 1e-6."""
    from benchmarks.simulated import simulated_likelihood
    from benchmarks.solvers import em_weights

    print("\nPlain EM to a gap of 1e-6")
    for n_members in (5, 20):
        matrix = simulated_likelihood(n_members, 10_000)
        _against_solver(em_weights, matrix, 100, n_rounds)


def against_slsqp(n_rounds: int) -> dict[str, list[tuple[int, int, float]]]:
    """SciPy's SLSQP.

    Returns:
        Samples, members and seconds, by solver, for the curves.
    """
    from benchmarks.simulated import simulated_likelihood
    from benchmarks.solvers import slsqp_weights

    print("\nSciPy's SLSQP, given the gradient, ftol 1e-12")
    curves: dict[str, list[tuple[int, int, float]]] = {"ripieno": [], "SLSQP": []}
    for n_samples, n_members in product(SAMPLES, MEMBERS):
        if n_samples * n_members > MOST:
            continue
        matrix = simulated_likelihood(n_members, n_samples)
        theirs, ours = _against_solver(slsqp_weights, matrix, 1, n_rounds)
        curves["ripieno"].append((n_samples, n_members, ours))
        curves["SLSQP"].append((n_samples, n_members, theirs))
    return curves


def at_scale(n_rounds: int) -> float:
    """The seconds that a million samples of twenty members take."""
    from benchmarks.simulated import simulated_likelihood
    from ripieno.pooling.mixture import fit_mixture_weights

    fit = partial(fit_mixture_weights, simulated_likelihood(20, 1_000_000))
    times, results = in_turns({"ours": fit}, n_rounds)
    seconds, certificate = times["ours"].median, results["ours"].certificate
    met = "met" if seconds < 1.0 else "MISSED"
    print(
        f"\n1,000,000 samples, 20 members: {seconds:.3f} s, certificate {certificate:.1e}; "
        f"target 1 s {met}",
        flush=True,
    )
    return seconds


def memory() -> None:
    """Peak resident memory, each case in a fresh process."""
    from benchmarks.pooling_memory import CASES, peak_of

    print("\nPeak memory, the input counted in")
    for case in CASES:
        matrix, peak = peak_of(case)
        met = "met" if peak <= 2.5 * matrix else "MISSED"
        print(
            f"{case:40} {peak / matrix:.2f} times the input of {matrix / 2**20:.0f} MiB; "
            f"target 2.5 {met}",
            flush=True,
        )


def _against_solver(
    solver: Callable[[Any], Any], matrix: Any, target: float, n_rounds: int
) -> tuple[float, float]:
    """Print a line, and return the seconds of both."""
    from threadpoolctl import threadpool_limits

    from benchmarks.solvers import gap_of
    from ripieno.pooling.mixture import fit_mixture_weights

    def on_one_thread() -> Any:
        with threadpool_limits(1, user_api="blas"):
            return solver(matrix)

    runs = {
        "all": partial(solver, matrix),
        "one": on_one_thread,
        "ours": partial(fit_mixture_weights, matrix),
    }
    times, results = in_turns(runs, n_rounds, budget=2.0)
    better = min(("all", "one"), key=lambda name: times[name].median)
    gaps = gap_of(matrix, results[better]), gap_of(matrix, results["ours"].weights)
    pair = {"theirs": times[better], "ours": times["ours"]}
    _print_ratio(f"{matrix.shape[1]:7,} samples, {len(matrix):3} members", pair, target, gaps)
    return times[better].median, times["ours"].median


def _print_ratio(
    what: str, times: dict[str, Times], target: float, gaps: tuple[float, float] | None = None
) -> None:
    theirs, ours = times["theirs"].median, times["ours"].median
    met, line = theirs >= target * ours, ""
    if gaps is not None:
        met = met and gaps[1] <= gaps[0]
        line = f", gap {gaps[0]:.1e} / {gaps[1]:.1e}"
    print(
        f"{what:30} {1e3 * theirs:9.2f} ms / {1e3 * ours:7.2f} ms = {theirs / ours:7.1f} times"
        f"{line}; target {target:g} {'met' if met else 'MISSED'}",
        flush=True,
    )


if __name__ == "__main__":
    main()
