"""Members and ensemble of a `summary.json`, as tables and figures need them."""

from collections.abc import Mapping
from typing import Any

Summary = Mapping[str, Any]

ENSEMBLE = "ensemble"
COSTS = ("train_seconds", "inference_ms", "megabytes", "n_parameters")


def evaluated(summary: Summary) -> list[dict[str, Any]]:
    """The members that have figures, in their order."""
    return [dict(member) for member in summary["members"] if member["status"] != "failed"]


def failed(summary: Summary) -> list[dict[str, Any]]:
    """The members that have an error instead."""
    return [dict(member) for member in summary["members"] if member["status"] == "failed"]


def ensemble(summary: Summary) -> dict[str, Any]:
    """The ensemble as an entry like a member's: it costs what its members of non-zero weight do."""
    needed = [member for member in evaluated(summary) if member["weight"]]
    scores = {key: summary["ensemble"][key] for key in ("validation", "test", "test_intervals")}
    costs = {key: sum(member[key] for member in needed) for key in COSTS}
    return {"name": ENSEMBLE, "status": summary["pool"]["rule"], "weight": None} | scores | costs


def ranked(summary: Summary) -> list[dict[str, Any]]:
    """Ensemble and members, lowest test log-loss first; at equal ones the ensemble leads."""
    entries = [ensemble(summary), *evaluated(summary)]
    return sorted(entries, key=lambda entry: float(entry["test"]["log_loss"]))
