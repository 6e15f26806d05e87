import pytest

from ripieno.report.sections.prediction_sets import class_table, covered, prediction_sets


@pytest.fixture
def facts(facts_of):
    facts = facts_of(names=("a", "b"), classes=("c", "d"), n_test=40, shape=(4, 4, 1))
    facts.summary["pool"]["prediction_sets"] = {
        "coverage": 0.9, "threshold": 0.21729, "n_samples": 600,
    }  # fmt: skip
    facts.summary["ensemble"]["test"]["accuracy"] = 0.98
    facts.summary["ensemble"]["prediction_sets"] = {
        "test": {"coverage": [0.88, 0.905, 0.925], "mean_size": 1.25, "singletons": 0.7,
                 "empty": 0.05, "sizes": [50, 700, 150, 100]},
        "per_class": [
            {"class": "c", "support": 600, "coverage": [0.9, 0.93, 0.95], "mean_size": 1.1,
             "singletons": 0.9, "empty": 0.0},
            {"class": "d", "support": 400, "coverage": [0.83, 0.87, 0.9], "mean_size": 1.5,
             "singletons": 0.4, "empty": 0.125},
        ],
    }  # fmt: skip
    return facts


def test_it_says_what_was_promised_and_what_was_held(facts):
    section = prediction_sets(facts)
    promised, held, empty = section.text
    assert "a probability of 0.2173 or more" in promised
    assert "the true class of 90% of new images" in promised
    assert "of 600 validation images" in promised
    assert "On 1,000 test images they hold the true class of 90.50% (88.00% to 92.50%)" in held
    assert "1.25 classes on average; 70.00% of the sets are a single class" in held
    assert empty.startswith("5.00% are empty")
    assert "right in 98.00%, more than the 90% asked for" in empty


def test_the_least_covered_class_leads(facts):
    assert class_table(facts.summary).rows[0] == [
        "d", "400", "87.00%", "83.00% to 90.00%", "1.50", "40.00%", "12.50%",
    ]  # fmt: skip


def test_sizes_are_drawn_and_told_as_numbers(facts):
    sizes, by_class = prediction_sets(facts).plots
    assert sizes.numbers.rows == [
        ["none", "50", "5.00%"],
        ["1 class", "700", "70.00%"],
        ["2 classes", "150", "15.00%"],
        ["3 classes", "100", "10.00%"],
    ]
    assert "most have 1 class" in sizes.svg
    assert "d is covered least" in by_class.svg


def test_many_sizes_and_classes_are_cut_in_the_figure_and_not_in_the_table(facts):
    sets = facts.summary["ensemble"]["prediction_sets"]
    sets["test"]["sizes"] = [0, *[10] * 30]
    first = sets["per_class"][0]
    sets["per_class"] = [first | {"class": f"k{i:02d}"} for i in range(40)]
    sizes, by_class = prediction_sets(facts).plots
    assert sizes.numbers.rows[-1] == ["8 or more", "230", "76.67%"]
    assert len(by_class.numbers.rows) == 40
    assert "The 24 of lowest coverage" in by_class.note


def test_a_few_empty_sets_of_a_weaker_ensemble_are_only_counted(facts):
    facts.summary["ensemble"]["test"]["accuracy"] = 0.88
    assert covered(facts.summary)[1] == (
        "5.00% are empty: no class of these images is probable enough."
    )


def test_sets_that_are_never_empty_are_not_said_to_be(facts):
    facts.summary["ensemble"]["prediction_sets"]["test"]["empty"] = 0.0
    assert len(covered(facts.summary)) == 1


def test_too_few_samples_are_said_to_be_too_few(facts):
    facts.summary["pool"]["prediction_sets"] |= {"threshold": 0.0, "n_samples": 8}
    assert prediction_sets(facts).text[0] == (
        "8 images are too few to calibrate sets for a coverage of 90%: every class is in every set."
    )


def test_an_ensemble_without_sets_has_no_section(facts):
    del facts.summary["ensemble"]["prediction_sets"]
    assert prediction_sets(facts) is None
