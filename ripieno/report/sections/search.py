"""What a search tried, what mattered, and what it bought."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from ripieno.report.blocks import Cell, Plot, Section, Table, plot
from ripieno.report.facts import ReportFacts
from ripieno.report.figures.bars import bars
from ripieno.report.figures.history import history
from ripieno.report.words import (
    NOTHING,
    gained,
    listed,
    measured,
    nats,
    number,
    percent,
    plural,
    seconds,
    span,
)

Entry = Mapping[str, Any]

N_BEST = 10
N_PARAMETERS = 6
"""Hyperparameters shown beside a trial: those that matter most."""
_NAMES = {
    "log_loss": "log-loss",
    "accuracy": "accuracy",
    "marginal_gain": "gain in nats",
    "inference_ms": "ms an image",
}


def search(facts: ReportFacts) -> Section | None:
    """Every search of the run; None where there was none."""
    entries = facts.summary.get("search", ())
    return section_of(entries) if entries else None


def section_of(entries: Sequence[Entry]) -> Section:
    """The section of some searches."""
    return Section(
        "search",
        "Hyperparameter search",
        text=[
            "On validation alone; the test set stayed sealed. What a search bought is the gain of"
            " its choice over the member as configured, the choice made on four fifths of the"
            " validation images and scored on the fifth left out, in turn: the lowest of many"
            " scores would flatter itself.",
        ],
        findings=[sentence for entry in entries for sentence in sentences(entry)],
        plots=[each for entry in entries for each in _plots(entry)],
        tables=[best_table(entry) for entry in entries],
        folded=[table for entry in entries for table in (trials_table(entry), space_table(entry))],
    )


def sentences(entry: Entry) -> list[str]:
    """What was tried, and what it bought."""
    counts = entry["counts"]
    ended = [
        f"{counts[s]} {word}" for s, word in (("pruned", "pruned"), ("fail", "failed")) if counts[s]
    ]
    sampler = entry["sampler"]["class"].rpartition(".")[2]
    aside = f", {' and '.join(ended)}" if ended else ""
    n_trials = sum(counts.values())
    tried = (
        f"{entry['member']}: {plural(n_trials, 'trial')} by {sampler} ({entry['sampler']['kind']}),"
        f" sought by {entry['objective']['name']}: {counts['complete']} complete{aside}."
    )
    return [tried, _kept(entry), *_bought(entry)]


def _kept(entry: Entry) -> str:
    kept = [
        f"{'as configured' if each['trial'] is None else 'trial ' + str(each['trial'])}"
        f" (log-loss {nats(each['log_loss'])}, {percent(each['accuracy'])})"
        for each in entry["winners"]
    ]
    if [each["trial"] for each in entry["winners"]] == [None]:
        return f"{entry['member']}: no trial is better than the member {kept[0]}, which stays."
    return f"{entry['member']}: joins the ensemble as {listed(kept)}."


def _bought(entry: Entry) -> list[str]:
    said = []
    if "bought" in entry and any(entry["bought"]["log_loss"]):
        said.append(_gain(entry["member"], entry["bought"], _where(entry)))
    if "bought_on_test" in entry and any(entry["bought_on_test"]["log_loss"]):
        said.append(_gain(entry["member"], entry["bought_on_test"], "on test"))
    return said


def _where(entry: Entry) -> str:
    by = "accuracy" if entry["objective"]["name"] == "accuracy" else "log-loss"
    return f"chosen by {by}, on validation, cross-fitted"


def _gain(member: str, gains: Mapping[str, Sequence[float]], where: str) -> str:
    low, mid, high = gains["log_loss"]
    verdict = "is" if low > 0 or high < 0 else "is not"
    return (
        f"{member}: the search's choice gains {gained('log_loss', mid)} nats"
        f" ({span(gains['log_loss'], lambda v: gained('log_loss', v))}) and"
        f" {gained('accuracy', gains['accuracy'][1])} points of accuracy over the member as"
        f" configured, {where}; in log-loss this {verdict} distinguishable from chance."
    )


def best_table(entry: Entry) -> Table:
    """The best complete trials, with the hyperparameters that matter most."""
    shown = _important(entry)
    chosen = [winner["trial"] for winner in entry["winners"]]
    trials = best_first(entry)[:N_BEST]
    return Table(
        f"Best trials of {entry['member']}",
        ["trial", *_value_names(entry), *(["generation"] if _has_generations(entry) else []),
         "training", *shown],
        [
            [str(t["number"]), *_values(entry, t),
             *([_generation(t)] if _has_generations(entry) else []),
             seconds(t.get("seconds")), *(written(t["params"].get(name)) for name in shown)]
            for t in trials
        ],
        words=shown,
        emphasised=[i for i, trial in enumerate(trials) if trial["number"] in chosen],
    )  # fmt: skip


def trials_table(entry: Entry) -> Table:
    """Every trial that ended."""
    return Table(
        f"Every trial of {entry['member']}",
        ("trial", "end", "values", "epochs", "generation", "hyperparameters"),
        [
            [
                str(trial["number"]),
                Cell(trial["state"], trial.get("reason", "")),
                ", ".join(number(v, ".4g") for v in trial["values"] or ()) or NOTHING,
                str(trial["n_epochs"] or NOTHING),
                _generation(trial),
                ", ".join(f"{k} {written(v)}" for k, v in trial["params"].items()),
            ]
            for trial in entry["trials"]
        ],
        words=("end", "hyperparameters"),
    )


def space_table(entry: Entry) -> Table:
    """What could be tried."""
    return Table(
        f"Search space of {entry['member']}",
        ("hyperparameter", "values", "importance"),
        [
            [name, _dimension(values), percent(entry["importance"].get(name))]
            for name, values in entry["space"].items()
        ],
        words=("values",),
    )


def best_first(entry: Entry) -> list[Entry]:
    """The complete trials, the best first value first; ties in their order."""
    sign = 1.0 if entry["directions"][0] == "minimize" else -1.0
    complete = [trial for trial in entry["trials"] if trial["state"] == "complete"]
    return sorted(complete, key=lambda trial: sign * trial["values"][0])


def history_figure(entry: Entry) -> Any:
    """The first value of every complete trial, and the best so far; None without any."""
    complete = [trial for trial in entry["trials"] if trial["state"] == "complete"]
    if not complete:
        return None
    values = [trial["values"][0] for trial in complete]
    better = min if entry["directions"][0] == "minimize" else max
    metric = entry["objective"]["metrics"][0]
    configured = (entry["configured"] or {}).get(metric)
    numbers = [trial["number"] for trial in complete]
    return history(numbers, values, list(accumulate(values, better)), _NAMES[metric], configured)


def _plots(entry: Entry) -> list[Plot]:
    figure = history_figure(entry)
    if figure is None:
        return []
    name, metric = entry["member"], _NAMES[entry["objective"]["metrics"][0]]
    complete = [trial for trial in entry["trials"] if trial["state"] == "complete"]
    rows = [[str(t["number"]), number(t["values"][0], ".4g")] for t in complete]
    title = f"Trials of {name}"
    label = f"{metric} of {plural(len(complete), 'complete trial')} of {name}, and the best so far."
    numbers = Table(title, ("trial", metric), rows)
    plots = [plot(figure, f"search-{name}", label, numbers, title=title)]
    return plots + ([_importance(entry)] if entry["importance"] else [])


def _importance(entry: Entry) -> Plot:
    name = entry["member"]
    shares = dict(list(entry["importance"].items())[:12])
    title = f"What mattered for {name}"
    numbers = Table(
        title, ("hyperparameter", "importance"), [[k, percent(v)] for k, v in shares.items()]
    )
    figure = bars(list(shares), list(shares.values()), lambda v: number(v, ".0%"))
    label = f"Importance of {plural(len(shares), 'hyperparameter')} of {name}, by PED-ANOVA."
    return plot(figure, f"importance-{name}", label, numbers, title=title)


def _important(entry: Entry) -> list[str]:
    return list(entry["importance"] or entry["space"])[:N_PARAMETERS]


def _value_names(entry: Entry) -> list[str]:
    own = [_NAMES[metric] for metric in entry["objective"]["metrics"]]
    return own + [name for name in ("log-loss", "accuracy") if name not in own]


def _values(entry: Entry, trial: Entry) -> list[str]:
    own = dict(zip(entry["objective"]["metrics"], trial["values"], strict=True))
    others = {name: trial[name] for name in ("log_loss", "accuracy") if name not in own}
    write = {"accuracy": percent, "inference_ms": measured}
    return [write.get(name, nats)(value) for name, value in (own | others).items()]


def _has_generations(entry: Entry) -> bool:
    return any(trial["generation"] is not None for trial in entry["trials"])


def _generation(trial: Entry) -> str:
    return NOTHING if trial["generation"] is None else str(trial["generation"])


def _dimension(values: Any) -> str:
    if not isinstance(values, Mapping):
        return ", ".join(written(value) for value in values)
    scale = ", on a logarithmic scale" if values.get("log") else ""
    step = f", in steps of {written(values['step'])}" if "step" in values else ""
    return f"{written(values['low'])} to {written(values['high'])}{scale}{step}"


def written(value: Any) -> str:
    """A hyperparameter's value: four figures of a number, words as they are."""
    if value is None or isinstance(value, bool):
        return {None: NOTHING, True: "true", False: "false"}[value]
    return number(value, ".4g") if isinstance(value, float) else str(value)
