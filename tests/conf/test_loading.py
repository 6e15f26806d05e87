import os

import pytest

from conf import dialect
from conf.loading import configurations, load_configuration
from conf.schema import Configuration
from ripieno.errors import ConfigurationError

MINIMAL = """
dataset: {source: digits}
members:
  net: {architecture: separable_convnet, epochs: 3}
  dense: {architecture: dense_batchnorm}
"""


def written(directory, text=MINIMAL, name="my pictures.yaml"):
    path = directory / name
    path.write_text(text)
    return path


def problems(path, *overrides):
    with pytest.raises(ConfigurationError) as error:
        load_configuration(path, overrides)
    return str(error.value).splitlines()


def test_the_packaged_configurations_are_listed_with_what_they_are():
    listed = configurations()
    assert {"digits", "fashion_mnist", "cifar10", "reference_64", "smoke"} <= listed.keys()
    assert all(len(summary) > 20 for summary in listed.values())


def test_a_file_of_one_s_own_is_named_by_its_path(tmp_path):
    configuration = load_configuration(written(tmp_path))
    assert configuration.members["net"].settings["epochs"] == 3


def test_the_experiment_is_called_like_the_file_unless_it_has_a_name(tmp_path):
    assert load_configuration(written(tmp_path)).tracking.experiment == "my-pictures"
    named = load_configuration(written(tmp_path), ["tracking.experiment=birds"])
    assert named.tracking.experiment == "birds"


def test_what_is_written_out_is_read_back(tmp_path):
    configuration = load_configuration("smoke", ["members.dense_batchnorm.learning_rate=1e-5"])
    text = dialect.write(configuration.model_dump(mode="json"))
    assert load_configuration(written(tmp_path, text)) == configuration


def test_any_field_can_be_set():
    configuration = load_configuration(
        "smoke",
        [
            "seed=3",
            "members.separable_convnet.learning_rate=1e-3",
            "members.separable_convnet.augmentation.flip=true",
            "members.second.architecture=dense_batchnorm",
            "members.dense_batchnorm=null",
            "split={validation: 0.3, test: 0.3}",
        ],
    )
    assert configuration.seed == 3
    assert configuration.members["separable_convnet"].settings["learning_rate"] == 0.001
    assert configuration.members["separable_convnet"].settings["augmentation"].flip
    assert "second" in configuration.members
    assert "dense_batchnorm" not in configuration.members
    assert configuration.split.model_dump()["validation"] == 0.3


def test_a_fault_names_field_expectation_value_and_file(tmp_path):
    path = written(tmp_path, MINIMAL.replace("epochs: 3", "epochs: 0"))
    assert problems(path) == [f"members.net.epochs: expected an integer > 0, received 0 ({path})."]


def test_a_packaged_file_is_named_as_people_know_it():
    (line,) = problems("smoke", "members.forest=null", "members.dense_batchnorm=null")
    assert line == (
        "ensemble: expected min_members <= the number of members, 1, received 2 (conf/smoke.yaml)."
    )


def test_a_fault_on_the_command_line_is_said_to_be_there():
    (line,) = problems("smoke", "members.separable_convnet.epochs=0")
    assert line.endswith("received 0 (--set members.separable_convnet.epochs=0).")


def test_every_problem_has_its_line(tmp_path):
    path = written(
        tmp_path,
        "dataset: {source: digit}\nsplitt: {}\nseed: -1\n"
        "members: {net: {architecture: convnet}, B: {architecture: dense_batchnorm, epoch: 3}}\n",
    )
    lines = problems(path)
    assert [line.split(": ")[0] for line in lines] == [
        "dataset.source",
        "members.net.architecture",
        "members.B",
        "members.B.epoch",
        "seed",
        "splitt",
    ]
    assert "Nearest: digits." in lines[0]
    assert "Nearest: separable_convnet, convnet_batchnorm." in lines[1]
    assert "Nearest: epochs" in lines[3]
    assert "Unknown section 'splitt'. Nearest: split." in lines[5]
    assert all(line.endswith(f"({path}).") for line in lines)


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("ensemble.rule=linear", "ensemble.rule: Unknown rule 'linear'. Nearest: linear_pool."),
        (
            "normalisation.per=pixels",
            "normalisation.per: Unknown normalisation 'pixels'. Nearest: pixel.",
        ),
        ("runner.kind=thread", "runner.kind: Unknown kind 'thread'."),
        ("runner.workers=0", "runner.workers: expected auto or an integer > 0, received 0"),
        ("split.validation=1", "split.validation: expected a number > 0 and < 1, received 1"),
        ("split={validation: 0.6, test: 0.5}", "split: expected validation + test < 1, received"),
        ("members={}", "members: expected a mapping with at least 1 entry, received {}"),
        ("members=3", "members: expected a mapping with at least 1 entry, received 3"),
        ("dataset={}", "dataset.source: expected one of digits"),
        ("dataset=digits", "dataset: expected a mapping, received 'digits'"),
        ("tracking=digits", "tracking: expected a mapping, received 'digits'"),
        ("tracking.experiment=A B", "tracking.experiment: expected a name of at most 60"),
        ("seed=true", "seed: expected an integer >= 0 and < 4294967296, received true"),
        ("workspace=3", "workspace: expected a path, received 3"),
    ],
)
def test_a_wrong_value_is_told_in_one_line(override, line):
    (told,) = problems("smoke", override)
    assert told.startswith(line)
    assert told.endswith(f"(--set {override}).")


def test_every_bad_override_is_told():
    assert len(problems("smoke", "seed", "split=[")) == 2


def test_an_unknown_name_lists_the_nearest():
    (line,) = problems("fashion-mnist")
    assert line.startswith("Unknown configuration 'fashion-mnist'. Nearest: fashion_mnist.")
    assert line.endswith("Or give the path of a YAML file.")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the file is empty"),
        ("# nothing yet\n", "the file is empty"),
        ("- a\n- b\n", "expected sections such as 'members:', received a list"),
        ("digits\n", "expected sections such as 'members:', received a single value"),
        ("seed: [1\nsplit: {}\n", "line 2: "),
        ("members:\n\tnet: {}\n", "line 2: a tab; indent with spaces"),
        ("seed: 1\nseed: 2\n", "line 2: the key 'seed' is there twice"),
        ("members: &a\n  net: *a\n", "an anchor contains itself"),
    ],
)
def test_a_file_that_is_no_configuration_is_told_in_one_line(tmp_path, text, fault):
    path = written(tmp_path, text)
    (line,) = problems(path)
    assert line.startswith(f"{path}: {fault}")


@pytest.mark.parametrize(("name", "there"), [("", "a directory"), ("no.yaml", "nothing there")])
def test_a_path_without_a_file_is_told(tmp_path, name, there):
    assert problems(f"{tmp_path}/{name}") == [
        f"Expected a YAML file at {tmp_path / name}, received {there}."
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path):
    path = written(tmp_path)
    path.chmod(0)
    assert problems(path) == [f"{path}: cannot be read: Permission denied."]


def test_a_path_may_start_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    written(tmp_path, name="a.yml")
    assert isinstance(load_configuration("~/a.yml"), Configuration)
