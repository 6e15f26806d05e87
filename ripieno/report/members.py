"""Members and ensemble of a `summary.json`, as tables and figures need them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ripieno.evaluation.comparison import BEST_MEMBER
from ripieno.report.words import nats, number, plural

Summary = Mapping[str, Any]

ENSEMBLE = "ensemble"
COSTS = ("train_seconds", "inference_ms", "megabytes", "n_parameters")


def held_out(summary: Summary) -> str:
    """What scores are called that members and weights were chosen by: of `validation` images.

    `out-of-fold` where members were trained in folds.
    """
    return "out-of-fold" if _folds(summary) else "validation"


def on_held_out(summary: Summary) -> str:
    """Where they were measured: `on validation`, or `out-of-fold`."""
    return "out-of-fold" if _folds(summary) else "on validation"


def held_out_images(summary: Summary) -> str:
    """The images behind them: `359 validation images`, or all that were in a fold."""
    folds = _folds(summary)
    if not folds:
        return plural(summary["data"]["sizes"]["validation"], "validation image")
    n_images = plural(folds["n_images"], "development image")
    return f"out-of-fold probabilities of {n_images} in {folds['n']} folds"


def trained_in_folds(summary: Summary) -> list[str]:
    """What a member is in the end, where members were trained in folds."""
    folds = _folds(summary)
    if not folds:
        return []
    began = (
        f"Every member was trained {folds['n']} times, each time without one of {folds['n']} folds "
        "of the development images (training and validation split together; copies of an image "
        "share a fold), and predicted that fold. "
    )
    if folds["member"] == "average":
        return [
            f"{began}It is these {folds['n']} models: those of a fold are pooled, and the mean "
            "over the folds is the ensemble's answer."
        ]
    return [
        f"{began}It was then trained on all of them, for as many epochs as were best without a "
        "fold (the median): that model was evaluated."
    ]


def evaluated(summary: Summary) -> list[dict[str, Any]]:
    """The members that have figures, in their order, each with its share of the weights."""
    members = [dict(member) for member in summary["members"] if member["status"] != "failed"]
    share = _shares([member["weight"] for member in members])
    return [member | {"share": each} for member, each in zip(members, share, strict=True)]


def failed(summary: Summary) -> list[dict[str, Any]]:
    """The members that have an error instead."""
    return [dict(member) for member in summary["members"] if member["status"] == "failed"]


def ensemble(summary: Summary) -> dict[str, Any]:
    """The ensemble as an entry like a member's: it costs what its members of non-zero weight do."""
    needed = [member for member in evaluated(summary) if member["weight"]]
    scores = {key: summary["ensemble"][key] for key in ("validation", "test", "test_intervals")}
    costs = {key: sum(member[key] for member in needed) for key in COSTS}
    return {"name": ENSEMBLE, "status": summary["pool"]["rule"], "share": None} | scores | costs


def ranked(summary: Summary) -> list[dict[str, Any]]:
    """Ensemble and members, lowest test log-loss first; at equal ones the ensemble leads."""
    entries = [ensemble(summary), *evaluated(summary)]
    return sorted(entries, key=lambda entry: float(entry["test"]["log_loss"]))


def shares(pool: Mapping[str, Any]) -> dict[str, float]:
    """Each member's share of the weights, by name: they sum to 1, whatever the rule.

    The weights of a log pool have a sum of their own, which says how sure the pool is and not what
    it is made of: see `sum_in_words`.
    """
    return dict(zip(pool["members"], _shares(pool["weights"]), strict=True))


def sum_in_words(pool: Mapping[str, Any]) -> str:
    """What stands beside the shares: the sum of a log pool's weights; nothing where it is 1."""
    if pool["combination"] != "geometric":
        return ""
    total, temperature = sum(pool["weights"]), pool["temperature"]
    sentence = f"The weights sum to {number(total, '.3f')}, an inverse temperature"
    if temperature != 1:
        sentence += f"; with the pool's own temperature it is {number(total / temperature, '.3f')}"
    return f"{sentence}."


def prior_in_words(pool: Mapping[str, Any]) -> str:
    """What a certificate is of, besides the score on validation: the prior of a log pool."""
    return ", its prior included," if pool["combination"] == "geometric" else ""


def best_member(summary: Summary) -> str:
    """The member that the ensemble has to beat: `forest (chosen on validation, calibrated)`."""
    opponent = _opponent(summary)
    return f"{opponent['name']} ({opponent['note']})"


def about_members(summary: Summary) -> str:
    """What stands beside a table of members, where another than the best member may lead."""
    gain = _opponent(summary)["log_loss"][1]
    alone = summary["ensemble"]["test"]["log_loss"] + gain
    return (
        "Members are shown as they are, before any calibration. The gain is over "
        f"{best_member(summary)}, whose test log-loss is {nats(alone)}."
    )


def _folds(summary: Summary) -> Mapping[str, Any] | None:
    """What the folds are; None without, or where only some of the facts are at hand."""
    folds: Mapping[str, Any] | None = summary.get("data", {}).get("folds")
    return folds


def _shares(weights: Sequence[float]) -> list[float]:
    total = sum(weights) or 1.0  # a log pool of useless members gives all of them 0
    return [weight / total for weight in weights]


def _opponent(summary: Summary) -> Mapping[str, Any]:
    """The comparison with the best member."""
    compared = summary["ensemble"]["comparisons"]
    return next(dict(each) for each in compared if each["reference"] == BEST_MEMBER)
