"""Hyperparameter search: three samplers on one budget, and what a trial costs beyond its training.

    make bench-search
    python -m benchmarks.search [--conf digits] [--member dense_batchnorm] [--epochs 5]
        [--trials 24] [--seeds 5] [--rounds 3] [--budgets 20 80] [--cores 2] [--output PNG]

Both parts run the flow that `make tune` runs, one search after another in this process, in a
workspace and with a Prefect server of their own, removed at the end. The seed at the top of the
configuration is the search's and every training's: seed by seed, the samplers search for the same
member, and all three begin with the same random trials, until the genetic one has had a generation
and the Bayesian one enough for its model. Nothing is pruned: every trial has all its epochs, so
that equal numbers of trials are equal budgets. A member that two searches propose is trained once.
`--seeds 0` and `--rounds 0` leave a part out.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import settle
from conf.workspace import Workspace

if TYPE_CHECKING:  # every worker imports this module: it stays thin
    from benchmarks.search_curves import Curves

SAMPLERS = ("bayesian", "genetic", "random")


def main() -> None:
    """Parse the command line, measure, print, draw."""
    arguments = _parse()
    print(f"{settle(arguments.cores)}; load {os.getloadavg()[0]:.1f}", flush=True)
    from benchmarks import search_curves, search_overhead
    from benchmarks.search_runs import own_workspace
    from ripieno.errors import RipienoError

    with own_workspace() as folder:
        try:
            if arguments.seeds:
                curves, configured = compare_samplers(arguments)
                search_curves.tell(curves, configured)
                search_curves.draw(curves, configured, arguments.output)
                print(f"Best so far against trials: {arguments.output}", flush=True)
            if arguments.rounds:
                search_overhead.compare(folder, sorted(arguments.budgets), arguments.rounds)
        except RipienoError as error:
            sys.exit(f"benchmarks.search: error: {error}")


def compare_samplers(arguments: argparse.Namespace) -> "tuple[Curves, list[float]]":
    """The same budget for every sampler, from the same seeds.

    Returns:
        The best validation log-loss after every trial, by sampler, a list a seed; and that of the
        member as configured, one a seed.
    """
    from benchmarks.search_curves import best_so_far
    from benchmarks.search_runs import run_search
    from conf.search_flags import SearchFlags

    member, n_trials = arguments.member, arguments.trials
    print(
        f"\n{member} of {arguments.conf}: {n_trials} trials a search, {arguments.seeds} seeds, no"
        " pruning"
    )
    curves: Curves = {sampler: [] for sampler in SAMPLERS}
    configured = []
    for seed in range(arguments.seeds):
        changes = [f"seed={seed}", "tuning.pruner={kind: none}"]
        if arguments.epochs:
            changes.append(f"members.{member}.epochs={arguments.epochs}")
        for sampler in SAMPLERS:
            flags = SearchFlags((member,), sampler, str(n_trials))
            done = run_search(arguments.conf, changes, flags)
            (found,) = done["search"]
            curves[sampler].append(best_so_far(found["trials"]))
            seconds = done["run"]["stages"]["search"]
            print(
                f"seed {seed}, {sampler:8}: {curves[sampler][-1][-1]:.4f}"
                f" (as configured {found['configured']['log_loss']:.4f}),"
                f" {found['counts']['fail']} failed, {seconds:.0f} s",
                flush=True,
            )
        configured.append(found["configured"]["log_loss"])
    return curves, configured


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Workspace.default().root / "benchmarks" / "search.png"
    parser.add_argument("--output", type=Path, default=default, help="where the plot goes")
    parser.add_argument("--conf", default="digits", help="configuration of the member and its data")
    parser.add_argument("--member", default="dense_batchnorm", help="the member that is searched")
    parser.add_argument(
        "--epochs", type=int, default=5, help="epochs of every training; 0: the member's own"
    )
    parser.add_argument("--trials", type=int, default=24, help="trials of every search")
    parser.add_argument("--seeds", type=int, default=5, help="searches of every sampler")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the overhead's timing")
    parser.add_argument(
        "--budgets", type=int, nargs=2, default=(20, 80), help="trials of its two searches"
    )
    parser.add_argument("--cores", type=int, default=2, help="cores that all processes share")
    return parser.parse_args()


if __name__ == "__main__":
    main()
