"""A password that is planted where addresses go is found nowhere afterwards."""

import pytest

from conf.loading import load_configuration
from ripieno.errors import ConfigurationError
from tasks.search.storage import with_password

PLANTED = "pl4nted-s3cret"
DATABASE = f"postgresql://ann:{PLANTED}@127.0.0.1:9/studies"
SEARCH = ("tuning={members: {forest: null}, trials: 1}",)


def test_a_study_s_password_is_not_part_of_the_configuration():
    configuration = load_configuration("smoke", [*SEARCH, f"tuning.storage={DATABASE}"])
    assert configuration.tuning.storage == DATABASE
    for recorded in (configuration.model_dump(mode="json"), configuration.model_dump_json()):
        assert PLANTED not in str(recorded)
        assert "ann:***@127.0.0.1:9/studies" in str(recorded)


def test_a_recorded_configuration_takes_the_password_from_the_environment(monkeypatch):
    recorded = DATABASE.replace(PLANTED, "***")
    with pytest.raises(ValueError, match="RIPIENO_STORAGE_PASSWORD"):
        with_password(recorded)
    monkeypatch.setenv("RIPIENO_STORAGE_PASSWORD", PLANTED)
    assert with_password(recorded) == DATABASE
    assert with_password(DATABASE.replace(f":{PLANTED}", "")) == DATABASE
    assert with_password("sqlite:////studies.db") == "sqlite:////studies.db"


@pytest.mark.parametrize("scheme", ["postgresql//", "postgresql:/", "postgresql:"])
def test_a_misspelt_address_is_refused_without_it(scheme):
    with pytest.raises(ConfigurationError, match=r"expected postgresql://USER@HOST") as caught:
        load_configuration(
            "smoke", [*SEARCH, f"tuning.storage={DATABASE.replace('postgresql://', scheme)}"]
        )
    assert PLANTED not in str(caught.value)


def test_a_search_that_fails_leaves_no_trace_of_it(make_stranger):
    stranger = make_stranger()
    done = stranger.ripieno(
        "tune", "--conf", "smoke", "--set", *SEARCH, f"tuning.storage={DATABASE}"
    )
    assert done.returncode == 2, done.stderr
    assert "tuning.storage" in done.stderr
    assert PLANTED not in done.stdout + done.stderr
    files = [path for path in stranger.folder.rglob("*") if path.is_file()]
    assert [path for path in files if PLANTED.encode() in path.read_bytes()] == []
    assert any(path.name == "mlflow.db" for path in files)
