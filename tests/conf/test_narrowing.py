import pytest
from pydantic import ValidationError

from conf.members import MEMBERS
from conf.narrowing import check_tuning, member_of, search_of
from conf.tuning import RangeSection, TuningSection
from ripieno.errors import ConfigurationError
from ripieno.tuning.dimensions import Choices, Range
from ripieno.tuning.space import Recorder, explore

CONV = MEMBERS["convnet_batchnorm"](architecture="convnet_batchnorm", epochs=4)
DENSE = MEMBERS["dense_batchnorm"](architecture="dense_batchnorm", seed=5)
SVM = MEMBERS["scikit_learn"](architecture="scikit_learn", estimator="SVC", params={"C": 3})
MEMBERS_BY_NAME = {"conv": CONV, "dense": DENSE, "svm": SVM}


def space_of(member, **specs):
    return explore(search_of(member, specs))


def dimension(name, spec, member=CONV):
    return explore(search_of(member, {name: spec}))[name]


def between(low, high, **more):
    return RangeSection(low=low, high=high, **more)


def refused(name, spec, member=CONV):
    with pytest.raises(ConfigurationError) as error:
        search_of(member, {name: spec})
    return str(error.value)


def checked(members, **fields):
    check_tuning(TuningSection.model_validate({"members": members} | fields), MEMBERS_BY_NAME)


def refused_search(members, **fields):
    with pytest.raises(ConfigurationError) as error:
        checked(members, **fields)
    return str(error.value)


def test_nothing_said_is_the_architecture_s_own_space():
    assert explore(search_of(DENSE, None)) == space_of(DENSE)
    assert space_of(DENSE)["dropout"] == Range(0.0, 0.5)


def test_a_range_is_as_the_architecture_has_it_but_for_its_ends():
    assert dimension("learning_rate", between(1e-3, 1e-2)) == Range(1e-3, 1e-2, log=True)
    assert dimension("dropout", between(0.1, 0.2)) == Range(0.1, 0.2)
    assert dimension("n_blocks", between(1, 3)) == Range(1, 3, integer=True)


def test_a_scale_can_be_chosen():
    assert not dimension("learning_rate", between(1e-3, 1e-2, log=False)).log
    assert dimension("dropout", between(0.01, 0.5, log=True)).log


def test_a_step_puts_a_range_on_a_plain_scale():
    stepped = dimension("filters_1", between(16, 64, step=16))
    assert stepped == Range(16, 64, step=16, integer=True)


def test_a_range_of_choices_that_are_integers_is_of_integers():
    assert dimension("batch_size", between(16, 512)) == Range(16, 512, integer=True)


def test_choices_may_go_beyond_the_architecture_s_own():
    assert dimension("batch_size", [16, 512]) == Choices((16, 512))
    assert dimension("dropout", [0.0, 0.7]) == Choices((0.0, 0.7))


def test_a_value_is_no_longer_searched():
    space = space_of(CONV, n_blocks=2, residual=True)
    assert not {"n_blocks", "residual", "filters_3", "layers_3"} & space.keys()


def test_one_classifier_is_searched_in_its_own_parameters():
    assert space_of(SVM, estimator="SVC").keys() == {"SVC.C", "SVC.kernel"}


def test_settings_outside_the_space_can_be_searched_too():
    assert dimension("epochs", between(5, 20)) == Range(5, 20, integer=True)
    assert dimension("label_smoothing", between(0.0, 0.2)) == Range(0.0, 0.2)
    assert dimension("pca_components", between(10, 40), SVM) == Range(10, 40, integer=True)
    assert dimension("pooling", ["max", "average"]) == Choices(("max", "average"))
    assert dimension("hog.cell_size", [4, 7], SVM) == Choices((4, 7))


def test_choices_may_be_lists_and_mappings():
    propose = search_of(CONV, {"filters": [[[8], [16]], [[8, 8], [16]]]})
    settings = propose(Recorder({"filters": "[[8], [16]]"}))
    assert settings["filters"] == [[8], [16]]
    assert member_of(CONV, settings, 0).settings["filters"] == ((8,), (16,))
    params = search_of(SVM, {"params": [{"C": 1}, {"C": 2, "gamma": 0.1}]})
    assert params(Recorder({"params": '{"C": 1}'}))["params"] == {"C": 1}


def test_a_proposed_member_has_its_settings_and_its_seed():
    settings = search_of(DENSE, {"dropout": 0.25})(Recorder({"dense_layers": 1, "units_1": 40}))
    member = member_of(DENSE, settings, seed=11)
    assert type(member) is type(DENSE)
    assert member.seed == 11
    assert member.settings["dense_units"] == (40,)
    assert member.settings["dropout"] == 0.25
    assert member.settings["epochs"] == DENSE.settings["epochs"]


def test_settings_that_are_none_make_no_member():
    with pytest.raises(ValidationError):
        member_of(DENSE, {"dropout": 2.0}, 0)
    with pytest.raises(ValidationError):
        member_of(DENSE, {"dropot": 0.1}, 0)


@pytest.mark.parametrize("name", ["seed", "architecture", "augmentation.flap", "n_blocks.x", "x"])
def test_what_is_no_hyperparameter_is_unknown(name):
    line = refused(name, [1, 2])
    assert line.startswith(f"{name}: Unknown hyperparameter '{name}'.")
    assert "Available: activation," in line
    assert "\n" not in line


def test_the_nearest_hyperparameter_is_named():
    assert "Nearest: dropout" in refused("dropot", 0.1)


@pytest.mark.parametrize(
    ("name", "spec", "line"),
    [
        ("dropout", [], "dropout: expected at least one choice, received none."),
        (
            "dropout",
            between(0.5, 0.1),
            "dropout: expected low < high, received {low: 0.5, high: 0.1}.",
        ),
        (
            "dropout",
            between(0.1, 0.1),
            "dropout: expected low < high, received {low: 0.1, high: 0.1}.",
        ),
        (
            "dropout",
            between(0, 0.5, log=True),
            "dropout: expected low > 0 on a logarithmic scale, received {low: 0, high: 0.5}.",
        ),
        (
            "learning_rate",
            between(0.1, 0.5, log=True, step=0.1),
            "learning_rate: expected a step or a logarithmic scale, received both.",
        ),
        (
            "n_blocks",
            between(1.5, 3),
            "n_blocks: expected integers, received {low: 1.5, high: 3}.",
        ),
        (
            "epochs",
            between(1, 3.5),
            "epochs: expected integers, received {low: 1, high: 3.5}.",
        ),
        (
            "activation",
            between(1, 3),
            "activation: expected choices, as in [a, b], or one value, received a range.",
        ),
        (
            "residual",
            between(0, 1),
            "residual: expected choices, as in [a, b], or one value, received a range.",
        ),
        (
            "activation",
            ["relu", "rleu"],
            "activation: with 'rleu': activation: Unknown activation 'rleu'. Nearest: relu, elu,"
            " silu. Available: elu, gelu, leaky_relu, relu, selu, silu, tanh.",
        ),
        (
            "residual",
            "yes",
            "residual: with 'yes': residual: expected true or false, received 'yes'.",
        ),
        (
            "dropout",
            [0.1, 1.0],
            "dropout: with 1.0: dropout: expected a number >= 0 and < 1, received 1.0.",
        ),
        (
            "layers_1",
            0,
            "layers_1: with 0: filters: expected at least one layer in each block.",
        ),
        (
            "epochs",
            [3, 0],
            "epochs: with 0: epochs: expected an integer > 0, received 0.",
        ),
    ],
)
def test_a_dimension_that_cannot_be_is_refused_in_one_line(name, spec, line):
    assert refused(name, spec) == line


def test_nothing_is_no_choice_where_something_is_needed():
    told = refused("optimiser", None)
    assert told.startswith("optimiser: with null: optimiser: expected one of adam, ")
    assert told.endswith(" received null.")


def test_what_no_images_allow_is_refused():
    assert refused("n_blocks", 12).startswith("n_blocks: with 12: ")
    assert refused("pca_components", 10**6, SVM).startswith("pca_components: with 1000000: ")


def test_what_scikit_learn_refuses_is_refused():
    assert refused("SVC.C", -1, SVM).startswith("SVC.C: with -1: params: The 'C' parameter of SVC")
    assert refused("estimator", "SVM", SVM).startswith("estimator: with 'SVM': Unknown estimator")


def test_a_search_of_members_there_are_is_accepted():
    checked({"conv": None, "dense": {"dropout": 0.1}, "svm": {"estimator": ["SVC"]}})


def test_a_member_that_is_not_there_is_told():
    assert refused_search({"densee": None}) == (
        "members: Unknown member 'densee'. Nearest: dense. Available: conv, dense, svm."
    )


def test_a_fault_is_told_with_its_member():
    assert refused_search({"dense": None, "conv": {"dropout": []}}) == (
        "members.conv.dropout: expected at least one choice, received none."
    )


@pytest.mark.parametrize(
    "specs", [{"estimator": "GaussianNB"}, {"estimator": "SVC", "SVC.C": 1, "SVC.kernel": "rbf"}]
)
def test_a_search_of_nothing_is_refused(specs):
    assert refused_search({"svm": specs}) == (
        "members.svm: expected something to search, all is fixed."
    )


def test_a_sampler_that_could_not_be_made_is_refused():
    few = {"kind": "genetic", "population": 2, "crossover": "undx"}
    assert refused_search({"svm": None}, sampler=few).startswith("sampler.population: expected 3")
    assert refused_search({"dense": None}, sampler={"kind": "grid"}).startswith(
        "sampler: expected a grid of at most 100,000 combinations, received 5.7e+06 of 14"
    )
    checked({"svm": {"estimator": "SVC"}}, sampler={"kind": "grid"})
