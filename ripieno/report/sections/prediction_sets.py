"""Whether the prediction sets hold the true class as often as was asked, and how large they are."""

from collections.abc import Mapping
from typing import Any

from ripieno.report.blocks import Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.bars import bars
from ripieno.report.figures.estimates import Estimate, estimates
from ripieno.report.members import Summary, held_out, held_out_images
from ripieno.report.words import number, percent, plural, span, tick_percent

_N_SIZES = 8  # rows of a figure
_N_CLASSES = 24


def prediction_sets(facts: ReportFacts) -> Section | None:
    """Coverage, sizes and classes; None for an ensemble without sets."""
    summary = facts.summary
    if "prediction_sets" not in summary["ensemble"]:
        return None
    return Section(
        "prediction-sets",
        "Prediction sets",
        text=[calibrated(summary), *covered(summary)],
        plots=[_sizes_plot(summary), _classes_plot(summary)],
    )


def calibrated(summary: Summary) -> str:
    """What the sets promise, and from what."""
    sets, fitted_on = summary["pool"]["prediction_sets"], held_out_images(summary)
    if sets["threshold"] == 0:
        return (
            f"{plural(sets['n_samples'], 'image')} are too few to calibrate sets for a coverage of "
            f"{_short(sets['coverage'])}: every class is in every set."
        )
    proba = fitted_on if held_out(summary) == "out-of-fold" else f"probabilities of {fitted_on}"
    return (
        "A prediction set holds every class of a probability of "
        f"{number(sets['threshold'], '.4g')} or more. That threshold is to cover the true "
        f"class of {_short(sets['coverage'])} of new images (split-conformal, on the cross-fitted "
        f"{proba}); it promises this of all images together, not of each class."
    )


def covered(summary: Summary) -> list[str]:
    """What the sets turned out to hold on test."""
    ensemble, sets = summary["ensemble"], summary["pool"]["prediction_sets"]
    test = ensemble["prediction_sets"]["test"]
    coverage = test["coverage"]
    sentences = [
        f"On {plural(sum(test['sizes']), 'test image')} they hold the true class of "
        f"{percent(coverage[1])} ({span(coverage, percent)}), with "
        f"{number(test['mean_size'], '.2f')} classes on average; "
        f"{percent(test['singletons'])} of the sets are a single class."
    ]
    if test["empty"] > 0:
        empty = f"{percent(test['empty'])} are empty: no class of these images is probable enough."
        accuracy, asked = ensemble["test"]["accuracy"], sets["coverage"]
        if accuracy > asked:
            empty += (
                f" The ensemble alone is right in {percent(accuracy)}, more than the "
                f"{_short(asked)} asked for: the images it is least sure of are left out. A higher "
                "ensemble.coverage fills their sets."
            )
        sentences.append(empty)
    return sentences


def class_table(summary: Summary) -> Table:
    """A row a class, the least covered first."""
    return Table(
        "Prediction sets of each class",
        ("class", "images", "coverage", "95% interval", "mean size", "single class", "empty"),
        [
            [
                row["class"],
                f"{row['support']:,}",
                percent(row["coverage"][1]),
                span(row["coverage"], percent),
                number(row["mean_size"], ".2f"),
                percent(row["singletons"]),
                percent(row["empty"]),
            ]
            for row in _ranked(summary)
        ],
    )


def _sizes_plot(summary: Summary) -> Plot:
    sizes = summary["ensemble"]["prediction_sets"]["test"]["sizes"]
    counts = [*sizes[:_N_SIZES], *([sum(sizes[_N_SIZES:])] if len(sizes) > _N_SIZES else [])]
    names = [_size_in_words(size) for size in range(min(len(sizes), _N_SIZES))]
    names += [f"{_N_SIZES} or more"] if len(sizes) > _N_SIZES else []
    shares = [n / sum(counts) for n in counts]
    numbers = Table(
        "Sizes of the prediction sets",
        ("classes in the set", "images", "share"),
        [
            [name, f"{n:,}", percent(share)]
            for name, n, share in zip(names, counts, shares, strict=True)
        ],
    )
    common = names[shares.index(max(shares))]
    return plot(
        bars(names, shares, percent),
        "set-sizes",
        f"Share of test images by the size of their prediction set; most have {common}.",
        numbers,
        title="Size of the sets",
        note="Share of test images",
    )


def _classes_plot(summary: Summary) -> Plot:
    ranked = _ranked(summary)
    shown = ranked if len(ranked) <= _N_CLASSES else ranked[:_N_CLASSES]
    asked = summary["pool"]["prediction_sets"]["coverage"]
    figure = estimates(
        [Estimate(row["class"], row["coverage"]) for row in shown],
        "coverage on test",
        percent,
        line=asked,
        write_tick=tick_percent,
    )
    which = f" The {len(shown)} of lowest coverage." if len(shown) < len(ranked) else ""
    return plot(
        figure,
        "set-coverage",
        f"Coverage of {len(shown)} classes; {shown[0]['class']} is covered least.",
        class_table(summary),
        title="Coverage of each class",
        note=f"With 95% intervals; the line is the coverage asked for, {_short(asked)}.{which}",
    )


def _ranked(summary: Summary) -> list[Mapping[str, Any]]:
    rows = summary["ensemble"]["prediction_sets"]["per_class"]
    return sorted(rows, key=lambda row: float(row["coverage"][1]))


def _size_in_words(size: int) -> str:
    return {0: "none", 1: "1 class"}.get(size, f"{size} classes")


def _short(share: float) -> str:
    return f"{100 * share:.6g}%"
