"""What the ensemble is made of, and how its rule was chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from ripieno.report.blocks import Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.bars import bars
from ripieno.report.figures.estimates import Estimate, estimates
from ripieno.report.members import (
    Summary,
    best_member,
    held_out,
    held_out_images,
    on_held_out,
    prior_in_words,
    shares,
    sum_in_words,
    trained_in_folds,
)
from ripieno.report.words import gained, nats, number, plural, weight

_COMBINATIONS = {
    "arithmetic": "the weighted mean of the members' probabilities",
    "geometric": "the weighted geometric mean of the members' probabilities, renormalised",
    "regression": "the softmax of a linear map of the logarithms of the members' probabilities, a "
    "member's weight being its share of the coefficients by their size",
}
_COSTS = {
    "log_loss": "log-loss",
    "balanced_log_loss": "balanced log-loss",
    "brier": "Brier score",
    "accuracy": "share of errors",
}


def weights(facts: ReportFacts) -> Section:
    """The weights with their certificate, and the rules that were compared."""
    summary = facts.summary
    plots = [_weights_plot(summary)]
    if len(summary["pool"]["rules_compared"]) > 1:
        plots.append(_rules_plot(summary))
    return Section(
        "weights",
        "Weights",
        text=[
            made_of(summary),
            *trained_in_folds(summary),
            *certified(summary),
            *left_out(summary),
        ],
        plots=plots,
        folded=[calibrations_table(summary)],
    )


def made_of(summary: Summary) -> str:
    """How the ensemble combines its members, in a sentence or two."""
    pool = summary["pool"]
    combination = _COMBINATIONS.get(pool["combination"], pool["combination"])
    sentence = (
        f"The rule {pool['rule']}: {combination}, fitted on {held_out_images(summary)} alone."
    )
    if any(temperature != 1 for temperature in pool["temperatures"]):
        sentence += " Each member's probabilities are first set to its temperature."
    if pool["temperature"] != 1:
        sentence += f" The pool's own temperature is {pool['temperature']:.3f}."
    return f"{sentence} {sum_in_words(pool)}".rstrip()


def certified(summary: Summary) -> list[str]:
    """How far the weights can be from the best, and how optimistic fitting them is."""
    pool = summary["pool"]
    if pool["certificate"] is None:
        sentence = (
            f"{pool['rule']} does not seek the lowest {held_out(summary)} score: no certificate."
        )
    else:
        sentence = (
            f"Certificate: no other weights could bring what they minimise {on_held_out(summary)}"
            f"{prior_in_words(pool)} lower by more than {pool['certificate']:.1e} (nats, for the "
            "log-loss)."
        )
    n_weights = sum(1 for value in pool["weights"] if value)
    if n_weights < 2:
        return [sentence]
    gain = summary["ensemble"]["gain_over_best_member"]["log_loss"][1]
    optimism = (
        f"Fitting {n_weights} weights on so many images is expected to cost "
        f"{nats(pool['expected_optimism'])} nats on new ones, and flatters the fit by twice that; "
        f"the gain over {best_member(summary)} is {gained('log_loss', gain)} nats on test. "
        f"{held_out(summary).capitalize()} scores of the ensemble are cross-fitted, not flattered."
    )
    return [sentence, optimism]


def weights_table(summary: Summary) -> Table:
    """A row a member, the heaviest first."""
    pool = summary["pool"]
    share, temperatures = (
        shares(pool),
        dict(zip(pool["members"], pool["temperatures"], strict=True)),
    )
    names = sorted(share, key=lambda name: -share[name])
    return Table(
        "Weights and temperatures",
        ("member", "weight share", "temperature"),
        [[name, weight(share[name]), number(temperatures[name], ".3f")] for name in names],
    )


def left_out(summary: Summary) -> list[str]:
    """The rules that were not compared, each with the reason."""
    return [
        f"Not compared: {rule}; {why}." for rule, why in summary["pool"]["rules_left_out"].items()
    ]


def rules_in_words(summary: Summary) -> str:
    """Every rule that was compared, in a line: `log_pool 0.2000 (chosen), uniform 0.2105`."""
    listed = ", ".join(
        f"{rule['rule']} {nats(_cost(rule))}{' (chosen)' if rule['chosen'] else ''}"
        for rule in _ranked(summary, best=True)
    )
    what = _COSTS[summary["pool"]["objective"]]
    return " ".join([f"Cross-fitted {what} {on_held_out(summary)}: {listed}.", *left_out(summary)])


def rules_table(summary: Summary) -> Table:
    """A row a rule in its best calibration, the lowest cost first."""
    return _table(summary, "Rules compared", _ranked(summary, best=True))


def calibrations_table(summary: Summary) -> Table:
    """A row for every calibration of every rule, the lowest cost first."""
    return _table(summary, "Every rule with every calibration compared", _ranked(summary))


def _table(summary: Summary, title: str, rules: Sequence[Mapping[str, Any]]) -> Table:
    words = {True: "yes", False: "no"}
    flags = {
        "members calibrated": "before", "pool calibrated": "after", "eligible": "sound",
        "chosen": "chosen",
    }  # fmt: skip
    return Table(
        title,
        ("rule", _COSTS[summary["pool"]["objective"]], "standard error", *flags),
        [
            [rule["rule"], nats(_cost(rule)), nats(rule["standard_error"]),
             *(words[rule[key]] for key in flags.values())]
            for rule in rules
        ],
        words=tuple(flags),
        emphasised=[i for i, rule in enumerate(rules) if rule["chosen"]],
    )  # fmt: skip


def _ranked(summary: Summary, *, best: bool = False) -> list[Mapping[str, Any]]:
    """What was compared, or of every rule the best calibration; the lowest cost first."""
    compared = summary["pool"]["rules_compared"]
    return sorted((rule for rule in compared if rule["best"] or not best), key=_cost)


def _cost(rule: Mapping[str, Any]) -> float:
    return float(rule.get("cost", rule["log_loss"]))


def _weights_plot(summary: Summary) -> Plot:
    pairs = sorted(shares(summary["pool"]).items(), key=lambda pair: -pair[1])
    names, values = [name for name, _ in pairs], [value for _, value in pairs]
    label = f"Weight shares of {plural(len(names), 'member')}; {names[0]} has the largest."
    figure = bars(names, values, lambda w: weight(w) if w else "0: not needed")
    return plot(
        figure, "weights", label, weights_table(summary), title="Weight share of each member"
    )


def _rules_plot(summary: Summary) -> Plot:
    rows = [
        Estimate(
            rule["rule"],
            [_cost(rule) + side * rule["standard_error"] for side in (-1, 0, 1)],
            emphasised=rule["chosen"],
        )
        for rule in _ranked(summary, best=True)
    ]
    what = _COSTS[summary["pool"]["objective"]]
    label = f"Cross-fitted {what} of {len(rows)} rules, the chosen one emphasised."
    figure = estimates(rows, f"{what} {on_held_out(summary)}, lower is better", nats)
    return plot(
        figure,
        "rules",
        label,
        rules_table(summary),
        title="Rules compared",
        note=f"Cross-fitted {on_held_out(summary)}, each rule in its best calibration, plus and "
        "minus one standard error of the difference to the chosen, one unseen error counted.",
    )
