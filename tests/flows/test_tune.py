"""The real search, on real (tiny) data, under a real Prefect server, in processes of its own."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.__main__ import main

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(900)  # several searches in a row, on cores that others use
SMALL = ("--conf", "smoke", "--member", "dense_batchnorm")


@dataclass(frozen=True)
class Finished:
    """A command that has ended, and the first search of the newest tuning run by then."""

    code: int
    out: str
    error: str
    workspace: Path
    search: dict | None

    def trials(self):
        """What every trial tried and what came of it, in no order."""
        return sorted(
            json.dumps([t["params"], t["values"], t["state"], t["n_epochs"]])
            for t in self.search["trials"]
        )


def environment(folder):
    values = os.environ | {
        "RIPIENO_WORKSPACE": str(folder / "workspace"),
        "PREFECT_HOME": str(folder / "prefect"),
        "COLUMNS": "200",
    }
    for name in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
        values.pop(name, None)
    return values


def start(folder, *arguments, verb="tune"):
    return subprocess.Popen(
        [sys.executable, "-m", "flows", verb, *arguments],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, folder):
    out, error = process.communicate(timeout=900)
    workspace = folder / "workspace"
    runs = sorted((workspace / "runs").glob("*/tuning.json"))
    search = json.loads(runs[-1].read_text())["search"][0] if runs else None
    return Finished(process.returncode, out, error, workspace, search)


def tune(folder, *arguments, verb="tune"):
    return finish(start(folder, *arguments, verb=verb), folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tune")


@pytest.fixture(scope="module")
def first(folder):
    return tune(folder, *SMALL, "--trials", "4")


def test_a_search_ends_well_and_says_what_it_bought(first):
    assert first.code == 0, first.error
    assert "4 trials by TPESampler (bayesian)" in first.out
    assert "[4/4]" in first.error


def test_every_trial_differs_and_is_scored_on_validation(first):
    trials = first.search["trials"]
    assert len({json.dumps(trial["params"]) for trial in trials}) == 4
    assert all(trial["log_loss"] == trial["values"][0] for trial in trials)


def test_the_winner_is_the_best_of_the_trials_and_the_member_as_configured(first):
    search = first.search
    losses = [trial["log_loss"] for trial in search["trials"] if trial["state"] == "complete"]
    assert search["winners"][0]["log_loss"] == min([*losses, search["configured"]["log_loss"]])


def test_the_search_never_reads_the_test_split(first):
    (sealed,) = (first.workspace / "store" / "sealed").glob("[0-9a-f]*")
    assert not list((first.workspace / "store").glob("prediction/*"))
    assert (sealed / "test_labels.npy").exists()


def test_the_study_is_optunas_and_its_trials_are_nested_in_mlflow(first):
    import optuna
    from mlflow import MlflowClient
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    (journal,) = (first.workspace / "studies").glob("*.journal")
    study = optuna.load_study(
        study_name=first.search["study"], storage=JournalStorage(JournalFileBackend(str(journal)))
    )
    assert study.user_attrs["sampler"]["class"].endswith("TPESampler")
    assert len(study.trials) == 4

    client = MlflowClient(f"sqlite:///{first.workspace}/mlflow.db")
    (experiment,) = [e for e in client.search_experiments() if e.name == "smoke"]
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    search = runs["search-dense_batchnorm"]
    trial = runs["dense_batchnorm-trial-0"]
    assert trial.data.tags["mlflow.parentRunId"] == search.info.run_id
    assert search.data.tags["mlflow.parentRunId"] in {run.info.run_id for run in runs.values()}
    assert "searched.learning_rate" in trial.data.params
    curve = client.get_metric_history(trial.info.run_id, "epoch.validation_log_loss")
    assert [point.step for point in curve] == [1, 2]
    files = {file.path for file in client.list_artifacts(search.info.run_id, "figures")}
    assert "figures/history.png" in files


@pytest.fixture(scope="module")
def trained(first, folder):
    overlay = folder / "workspace" / "tuned" / "smoke-dense_batchnorm.yaml"
    return tune(folder, "--conf", "smoke", "--with", str(overlay), verb="train")


@pytest.mark.slow
def test_the_winner_joins_the_ensemble_without_being_trained_again(first, trained):
    assert trained.code == 0, trained.error
    summary = json.loads((trained.workspace / "runs/latest/summary.json").read_text())
    statuses = {member["name"]: member["status"] for member in summary["members"]}
    assert statuses["dense_batchnorm"] == "reused"
    (member,) = [m for m in summary["members"] if m["name"] == "dense_batchnorm"]
    assert member["validation"]["log_loss"] == pytest.approx(
        first.search["winners"][0]["log_loss"], abs=1e-9
    )


@pytest.mark.slow
def test_more_trials_go_on_with_the_study(first, folder):
    more = tune(folder, *SMALL, "--trials", "6")
    assert more.code == 0, more.error
    assert "going on with study" in more.error
    assert more.search["n_in_this_run"] == 2
    assert set(first.trials()) < set(more.trials())


@pytest.fixture(scope="module")
def genetic(tmp_path_factory):
    """The same genetic search: in one go, and killed again and again."""
    arguments = (
        *("--conf", "digits", "--member", "dense_batchnorm", "--sampler", "genetic"),
        *("--trials", "18", "--set", "members.dense_batchnorm.epochs=3"),
        "tuning.sampler={kind: genetic, population: 3}",
    )
    whole, killed = (tmp_path_factory.mktemp(name) for name in ("whole", "killed"))
    reference = tune(whole, *arguments)
    n_kills = 0
    for n_lines in (1, 5):
        process = start(killed, *arguments)
        n_kills += kill_after_lines(process, n_lines)
    return reference, tune(killed, *arguments), n_kills


def kill_after_lines(process, n_lines):
    """Kill a search with SIGKILL once so many trials have been told; 1 if it was killed."""
    said = 0
    for line in process.stderr:
        said += line.startswith("[")
        if said == n_lines:
            process.send_signal(signal.SIGKILL)
            break
    process.communicate(timeout=200)
    return int(process.returncode == -signal.SIGKILL)


@pytest.mark.slow
def test_a_search_that_was_killed_loses_and_repeats_nothing(genetic):
    reference, resumed, n_kills = genetic
    assert n_kills == 2
    assert resumed.code == 0, resumed.error
    assert resumed.trials() == reference.trials()


@pytest.mark.slow
def test_a_genetic_search_has_generations(genetic):
    reference, _, _ = genetic
    generations = Counter(trial["generation"] for trial in reference.search["trials"])
    assert set(generations) >= {0, 1, 2}


@pytest.mark.slow
def test_what_was_interrupted_in_mlflow_is_ended(genetic):
    from mlflow import MlflowClient

    _, resumed, _ = genetic
    client = MlflowClient(f"sqlite:///{resumed.workspace}/mlflow.db")
    experiments = [e.experiment_id for e in client.search_experiments()]
    assert not client.search_runs(experiments, "attributes.status = 'RUNNING'")


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["shared.journal", "sqlite:///{folder}/shared.db"])
def test_two_processes_share_a_study(storage, tmp_path):
    place = storage.format(folder=tmp_path) if "://" in storage else str(tmp_path / storage)
    arguments = (*SMALL, "--trials", "9", "--set", f"tuning.storage={place}")
    processes = [start(tmp_path, *arguments) for _ in range(2)]
    done = [finish(process, tmp_path) for process in processes]
    assert [each.code for each in done] == [0, 0], [each.error for each in done]
    entries = [
        json.loads(path.read_text())["search"][0]
        for path in (tmp_path / "workspace" / "runs").glob("*/tuning.json")
    ]
    assert sum(entry["n_in_this_run"] for entry in entries) == 9
    last = max(entries, key=lambda entry: len(entry["trials"]))
    assert len({json.dumps(trial["params"]) for trial in last["trials"]}) == 9


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_finished(tmp_path):
    arguments = (*SMALL, "--trials", "40")
    process = start(tmp_path, *arguments)
    for line in process.stderr:
        if line.startswith("[3/40]"):
            process.send_signal(signal.SIGINT)
            break
    stopped = finish(process, tmp_path)
    assert stopped.code == 130
    assert "the same command goes on from there" in stopped.error
    resumed = tune(tmp_path, *SMALL, "--trials", "6")
    assert resumed.code == 0, resumed.error
    assert 1 <= resumed.search["n_in_this_run"] <= 3


@pytest.mark.slow
def test_trials_that_fail_are_recorded_and_the_search_goes_on(tmp_path):
    wild = (
        "tuning.members.dense_batchnorm={learning_rate: [1.0e+30, 0.01], optimiser: sgd,"
        " batch_normalisation: none}"
    )
    done = tune(tmp_path, *SMALL, "--trials", "6", "--set", wild)
    assert done.code == 0, done.error
    counts = done.search["counts"]
    assert counts["fail"] > 0
    assert counts["complete"] > 0
    reasons = [t["reason"] for t in done.search["trials"] if t["state"] == "failed"]
    assert all("infinite or NaN" in reason for reason in reasons)


@pytest.mark.slow
def test_minutes_end_a_search_in_good_order(tmp_path):
    done = tune(tmp_path, *SMALL, "--minutes", "0.1")
    assert done.code == 0, done.error
    assert done.search["budget"] == {"trials": None, "minutes": 0.1}
    states = {trial["state"] for trial in done.search["trials"]}
    assert states <= {"complete", "pruned"}  # what was cut short is done again, and no failure


@pytest.mark.slow
def test_a_run_searches_first_and_reports_it(tmp_path):
    search = (
        "tuning={members: {dense_batchnorm: {epochs: [2, 3]}, forest: {estimator: [SVC,"
        " KNeighborsClassifier]}}, trials: 4, keep: 2, objective: marginal_gain}"
    )
    done = tune(tmp_path, "--conf", "smoke", "--set", search, verb="train")
    assert done.code == 0, done.error
    latest = done.workspace / "runs" / "latest"
    summary = json.loads((latest / "summary.json").read_text())
    assert [entry["member"] for entry in summary["search"]] == ["dense_batchnorm", "forest"]
    assert all("bought_on_test" in entry for entry in summary["search"])
    names = [member["name"] for member in summary["members"]]
    assert "separable_convnet" in names
    assert "dense_batchnorm-1" in names
    assert "Hyperparameter search" in (latest / "report.html").read_text()
    winners = [w["settings"] for entry in summary["search"] for w in entry["winners"]]
    assert len(winners) == sum(name.rpartition("-")[2] in "12" for name in names)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "expected a member to search"),
        (("--member", "svm2"), "Unknown member 'svm2'"),
        (("--member", "svm", "--sampler", "bayes"), "Unknown kind 'bayes'"),
        (("--member", "svm", "--trials", "0"), "expected an integer > 0"),
        (("--member", "svm", "--set", "tuning.members.svm.C=3"), "Unknown hyperparameter 'C'"),
        (("--with", "nowhere.yaml", "--member", "svm"), "nowhere.yaml"),
    ],
    ids=["nothing", "member", "sampler", "trials", "hyperparameter", "overlay"],
)
def test_a_mistake_is_refused_before_the_first_trial(arguments, words, capsys):
    assert main(["tune", "--conf", "digits", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
