"""The winners as a YAML overlay: `make run-flow ARGS="--with FILE"` trains them."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from conf import dialect
from conf.members import MemberSection
from tasks.search.search import Search


def overlay_path(search: Search) -> Path:
    """Where the overlay of a search goes: the newest search of a member replaces an older one."""
    plan = search.plan
    name = f"{plan.configuration.tracking.experiment}-{plan.name}.yaml"
    return plan.configuration.workspace.tuned / name


def write_overlay(path: Path, search: Search, winners: Mapping[str, MemberSection]) -> None:
    """Write the members that are to be trained instead; nobody ever reads half a file."""
    plan = search.plan
    replaced = {} if plan.name in winners else {plan.name: None}
    members = {name: member.model_dump(mode="json") for name, member in winners.items()}
    n_trials = len(search.study.trials())
    comment = f"# What {n_trials} trials of {plan.name} found, in study {plan.study}.\n"
    values = {"members": {**replaced, **members}, "tuning": None}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{secrets.token_hex(4)}")
    unfinished.write_text(comment + dialect.write(values), encoding="utf-8")
    unfinished.replace(path)
