import optuna
import pytest

from ripieno.errors import ConfigurationError
from tasks.search.storage import open_storage


def add_trial(storage):
    study = optuna.create_study(study_name="s", storage=storage, load_if_exists=True)
    trial = study.ask()
    study.tell(trial, trial.suggest_float("x", 0.0, 1.0))
    return study


def test_a_journal_lies_in_the_workspace(tmp_path):
    add_trial(open_storage(None, tmp_path, "name"))
    assert (tmp_path / "name.journal").stat().st_size > 0


def test_a_last_line_that_was_written_half_costs_that_line_alone(tmp_path):
    add_trial(open_storage(None, tmp_path, "name"))
    journal = tmp_path / "name.journal"
    complete = journal.read_bytes()
    journal.write_bytes(complete + b'{"op_code": 4, "wor')
    study = add_trial(open_storage(None, tmp_path, "name"))
    assert len(study.trials) == 2
    assert journal.read_bytes().startswith(complete)


def test_a_file_that_is_no_journal_is_refused_in_one_line(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no journal\nat all\n")
    with pytest.raises(ConfigurationError, match=r"tuning\.storage: expected a journal") as error:
        open_storage(str(path), tmp_path, "name")
    assert "\n" not in str(error.value)
    assert path.read_text() == "no journal\nat all\n"


def test_a_database_is_named_by_its_url(tmp_path):
    url = f"sqlite:///{tmp_path}/studies.db"
    add_trial(open_storage(url, tmp_path, "name"))
    assert len(add_trial(open_storage(url, tmp_path, "name")).trials) == 2


def test_a_database_that_does_not_answer_is_refused_in_one_line(tmp_path):
    with pytest.raises(ConfigurationError, match=r"tuning\.storage") as error:
        open_storage("sqlite:////nowhere/at/all.db", tmp_path, "name")
    assert "\n" not in str(error.value)
