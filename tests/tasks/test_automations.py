import pytest

from tasks.automations import AUTOMATIONS, read_automation
from tasks.retraining import AUTOMATION, EVENT


@pytest.mark.parametrize("path", sorted(AUTOMATIONS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_automation_is_one_that_prefect_takes(path):
    assert read_automation(path).name.startswith("ripieno-")


def test_retraining_waits_for_the_event_that_scoring_emits():
    automation = read_automation(AUTOMATIONS / "retrain.yaml")
    assert automation.name == AUTOMATION
    assert automation.trigger.expect == {EVENT}
    assert automation.actions[0].source == "inferred"
