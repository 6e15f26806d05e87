import pytest

from conf.loading import load_configuration
from conf.overrides import apply_overrides
from conf.search_flags import SearchFlags, search_overrides
from ripieno.errors import ConfigurationError

VALUES = {"members": {"net": {}, "forest": {}}}
TUNING = {
    "members": {"net": {"dropout": 0.1}, "forest": None},
    "sampler": {"kind": "genetic", "population": 4},
    "keep": 2,
}


def tuning(flags, said=None):
    values = VALUES if said is None else VALUES | {"tuning": said}
    return apply_overrides(values, search_overrides(values, flags)).get("tuning")


def test_a_member_is_searched_in_its_own_space_if_nothing_is_said_of_it():
    assert tuning(SearchFlags(("net", "forest"))) == {"members": {"net": None, "forest": None}}


def test_a_member_is_searched_as_the_configuration_narrows_it():
    assert tuning(SearchFlags(("net",)), TUNING)["members"] == {"net": {"dropout": 0.1}}


def test_members_are_searched_in_the_order_in_which_they_were_typed():
    assert list(tuning(SearchFlags(("forest", "net")), TUNING)["members"]) == ["forest", "net"]


def test_without_flags_the_configuration_is_what_it_says():
    assert tuning(SearchFlags(), TUNING) == TUNING


def test_the_rest_of_the_section_stays():
    assert tuning(SearchFlags(("net",)), TUNING)["keep"] == 2


def test_a_sampler_of_the_same_kind_keeps_its_settings():
    assert tuning(SearchFlags(sampler="genetic"), TUNING)["sampler"] == TUNING["sampler"]


def test_a_sampler_of_another_kind_has_its_defaults():
    assert tuning(SearchFlags(sampler="random"), TUNING)["sampler"] == {"kind": "random"}


def test_a_sampler_is_named_where_there_was_no_section():
    assert tuning(SearchFlags(("net",), sampler="grid"))["sampler"] == {"kind": "grid"}


def test_a_budget_is_read_as_yaml():
    changed = tuning(SearchFlags(("net",), trials="12", minutes="1.5"))
    assert (changed["trials"], changed["minutes"]) == (12, 1.5)


def test_minutes_alone_are_the_only_limit_if_nobody_speaks_of_trials():
    assert tuning(SearchFlags(("net",), minutes="5"))["trials"] is None
    assert tuning(SearchFlags(minutes="5"), TUNING | {"trials": 7})["trials"] == 7
    assert tuning(SearchFlags(("net",), minutes="5", trials="9"))["trials"] == 9


def test_trials_alone_leave_the_minutes():
    assert "minutes" not in tuning(SearchFlags(("net",), trials="9"))
    assert tuning(SearchFlags(trials="9"), TUNING | {"minutes": 3})["minutes"] == 3


@pytest.mark.parametrize("said", [None, {}])
def test_a_search_of_nothing_is_refused_with_what_could_be_searched(said):
    with pytest.raises(ConfigurationError) as error:
        tuning(SearchFlags(trials="9"), said)
    assert str(error.value) == (
        "expected a member to search, as in --member NAME or MEMBER=NAME with make, or a tuning"
        " section in the configuration. Its members: net, forest."
    )


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (
            SearchFlags(("nett",)),
            "tuning: members: Unknown member 'nett'. Nearest: net. Available: forest, net"
            " (--member nett).",
        ),
        (
            SearchFlags(("net",), sampler="grd"),
            "tuning.sampler.kind: Unknown kind 'grd'. Nearest: grid. Available: bayesian, genetic,"
            " grid, random (--sampler grd).",
        ),
        (
            SearchFlags(("net",), trials="0"),
            "tuning.trials: expected an integer > 0 or null, received 0 (--trials 0).",
        ),
        (
            SearchFlags(("net",), trials="many"),
            "tuning.trials: expected an integer > 0 or null, received 'many' (--trials many).",
        ),
        (
            SearchFlags(("net",), minutes="-1"),
            "tuning.minutes: expected a number > 0 or null, received -1 (--minutes -1).",
        ),
        (
            SearchFlags(("net",), trials="null"),
            "tuning: expected trials or minutes, or both, received neither (--trials null).",
        ),
    ],
)
def test_a_wrong_flag_is_named_in_one_line(flags, line, tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "dataset: {source: digits}\n"
        "members: {net: {architecture: dense_batchnorm}, forest: {architecture: scikit_learn}}\n"
    )
    with pytest.raises(ConfigurationError) as error:
        load_configuration(path, search=flags)
    assert str(error.value) == line


def test_flags_apply_after_set(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("dataset: {source: digits}\nmembers: {net: {architecture: dense_batchnorm}}\n")
    overrides = ["tuning.trials=7", "tuning.sampler={kind: genetic, population: 5}"]
    flags = SearchFlags(("net",), sampler="genetic", trials="8")
    found = load_configuration(path, overrides, search=flags).tuning
    assert found.trials == 8
    assert found.sampler.settings["population"] == 5


def test_a_search_of_a_configuration_without_flags_needs_none(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "dataset: {source: digits}\nmembers: {net: {architecture: dense_batchnorm}}\n"
        "tuning: {members: {net: {dropout: [0.1, 0.2]}}}\n"
    )
    found = load_configuration(path, search=SearchFlags()).tuning
    assert found.members == {"net": {"dropout": [0.1, 0.2]}}
