import time

from tasks.stages import STARTED, Stages


def test_what_came_before_the_flow_is_the_first_stage(monkeypatch):
    monkeypatch.setenv(STARTED, str(time.time() - 5.0))
    stages = Stages()
    assert stages.to_dict()["start"] >= 5.0


def test_the_stages_add_up_to_the_total():
    stages = Stages()
    for name in ("load", "train"):
        time.sleep(0.01)
        stages.end(name)
    assert list(stages.to_dict()) == ["start", "load", "train"]
    assert abs(sum(stages.to_dict().values()) - stages.total) < 0.1
