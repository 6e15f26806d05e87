import yaml

from ripieno.report.sections.run import as_yaml, stage_table


def test_the_configuration_survives_as_yaml():
    values = {"seed": 7, "members": {"a": {"filters": [[32], [64, 64]], "rate": 0.01}}, "x": None}
    text = as_yaml({"run": {"configuration": values}})
    assert yaml.safe_load(text) == values
    assert "filters: [[32], [64, 64]]" in text
    assert text.index("seed") < text.index("members")


def test_the_whole_time_stands_below_its_stages():
    summary = {"stages": {"load": 2.0, "train": 70.0}, "run": {"seconds": 73.0}}
    assert stage_table(summary).rows == [
        ["load", "2.00 s"], ["train", "1 min 10 s"], ["all", "1 min 13 s"]
    ]  # fmt: skip
