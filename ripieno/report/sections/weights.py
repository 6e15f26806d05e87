"""What the ensemble is made of, and how its rule was chosen."""

from ripieno.report.blocks import Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.bars import bars
from ripieno.report.figures.estimates import Estimate, estimates
from ripieno.report.members import Summary, best_member, shares, sum_in_words
from ripieno.report.words import gained, nats, number, plural, weight

_COMBINATIONS = {
    "arithmetic": "the weighted mean of the members' probabilities",
    "geometric": "the weighted geometric mean of the members' probabilities, renormalised",
    "regression": "the softmax of a linear map of the logarithms of the members' probabilities, a "
    "member's weight being its share of the coefficients by their size",
}


def weights(facts: ReportFacts) -> Section:
    """The weights with their certificate, and the rules that were compared."""
    summary = facts.summary
    plots = [_weights_plot(summary)]
    if len(summary["pool"]["rules_compared"]) > 1:
        plots.append(_rules_plot(summary))
    return Section("weights", "Weights", text=[made_of(summary), *certified(summary)], plots=plots)


def made_of(summary: Summary) -> str:
    """How the ensemble combines its members, in a sentence or two."""
    pool = summary["pool"]
    combination = _COMBINATIONS.get(pool["combination"], pool["combination"])
    n_validation = summary["data"]["sizes"]["validation"]
    sentence = (
        f"The rule {pool['rule']}: {combination}, "
        f"fitted on {plural(n_validation, 'validation image')} alone."
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
        sentence = f"{pool['rule']} does not seek the lowest validation score: no certificate."
    else:
        sentence = (
            f"Certificate: no other weights could bring what they minimise on validation lower by "
            f"more than {pool['certificate']:.1e} (nats, for the log-loss)."
        )
    n_weights = sum(1 for value in pool["weights"] if value)
    if n_weights < 2:
        return [sentence]
    gain = summary["ensemble"]["gain_over_best_member"]["log_loss"][1]
    optimism = (
        f"Fitting {n_weights} weights on so many images is expected to cost "
        f"{nats(pool['expected_optimism'])} nats on new ones, and flatters the fit by twice that; "
        f"the gain over {best_member(summary)} is {gained('log_loss', gain)} nats on test. "
        "Validation scores of the ensemble are cross-fitted, not flattered."
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


def rules_table(summary: Summary) -> Table:
    """A row a rule, the lowest log-loss first."""
    rules = sorted(summary["pool"]["rules_compared"], key=lambda rule: float(rule["log_loss"]))
    words = {True: "yes", False: "no"}
    return Table(
        "Rules compared",
        ("rule", "log-loss", "standard error", "members calibrated", "pool calibrated", "chosen"),
        [
            [r["rule"], nats(r["log_loss"]), nats(r["standard_error"]), words[r["before"]],
             words[r["after"]], words[r["chosen"]]]
            for r in rules
        ],
        words=("members calibrated", "pool calibrated", "chosen"),
        emphasised=[i for i, rule in enumerate(rules) if rule["chosen"]],
    )  # fmt: skip


def _weights_plot(summary: Summary) -> Plot:
    pairs = sorted(shares(summary["pool"]).items(), key=lambda pair: -pair[1])
    names, values = [name for name, _ in pairs], [value for _, value in pairs]
    label = f"Weight shares of {plural(len(names), 'member')}; {names[0]} has the largest."
    figure = bars(names, values, lambda w: weight(w) if w else "0: not needed")
    return plot(
        figure, "weights", label, weights_table(summary), title="Weight share of each member"
    )


def _rules_plot(summary: Summary) -> Plot:
    rules = sorted(summary["pool"]["rules_compared"], key=lambda rule: float(rule["log_loss"]))
    rows = [
        Estimate(
            rule["rule"],
            [
                rule["log_loss"] - rule["standard_error"],
                rule["log_loss"],
                rule["log_loss"] + rule["standard_error"],
            ],
            emphasised=rule["chosen"],
        )
        for rule in rules
    ]
    label = f"Cross-fitted log-loss of {len(rows)} rules, the chosen one emphasised."
    figure = estimates(rows, "validation log-loss, nats", nats)
    return plot(
        figure,
        "rules",
        label,
        rules_table(summary),
        title="Rules compared",
        note="Cross-fitted on validation, plus and minus one standard error.",
    )
