import pytest

from ripieno.study.markdown import notes_of, study_page


def scores(mid):
    return {"repeats": [mid, mid], "over_repeats": [mid - 0.01, mid, mid + 0.01]}


def effect(mid):
    interval = [mid - 0.001, mid, mid + 0.001]
    return {"repeats": [mid, mid], "over_repeats": interval, "over_images": interval}


def gains(mid):
    return {
        "same_over_single": effect(mid),
        "different_over_single": effect(2 * mid),
        "different_over_same": effect(mid),
    }


def comparison(mid):
    return {
        "scores": {
            "single": {"conv": scores(mid), "dense": scores(mid)},
            "same": {"conv": scores(mid), "dense": scores(mid)},
            "different": scores(mid),
        },
        "gains": gains(0.02),
        "gains_by_architecture": {"conv": gains(0.02), "dense": gains(0.03)},
    }


@pytest.fixture
def page():
    entry = {
        "epochs_configured": 20, "epochs": 30, "seconds_per_epoch": 0.15, "team_cpu_seconds": 9.5,
    }  # fmt: skip
    both = {"log_loss": comparison(0.25), "accuracy": comparison(0.95)}
    return study_page(
        {
            "sentence": "On these data the claim holds.",
            "notes": ["n = 2 repeats."],
            "rule": "linear_pool",
            "comparisons": {"linear_pool": both, "uniform": both},
            "architectures": [{"name": "conv", **entry}, {"name": "dense", **entry}],
            "budget": {"cpu_seconds": 4.5, "different_team_cpu_seconds": 9.25},
        }
    )


def test_the_sentence_comes_first(page):
    assert page.startswith("**On these data the claim holds.**\n")


@pytest.mark.parametrize(
    "line",
    [
        "- n = 2 repeats.",
        "| conv, alone | 0.2500 (0.2400 to 0.2600) | 95.00% (94.00% to 96.00%) |",
        "| 2 different architectures | 0.2500 (0.2400 to 0.2600) | 95.00% (94.00% to 96.00%) |",
        "| seeds over one | dense | +0.0300 (+0.0290 to +0.0310; +0.0290 to +0.0310) | "
        "+3.00 (+2.90 to +3.10; +2.90 to +3.10) |",
        "| conv | 20 | 30 | 0.15 s | 9.50 s |",
        "| 2 different architectures |  |  |  | 9.25 s |",
    ],
)
def test_every_figure_stands_in_a_table(page, line):
    assert line in page.splitlines()


def test_what_is_missing_is_said_with_its_reason():
    notes = notes_of(
        2,
        1000,
        ["forest"],
        {"wide-pilot-2": "it diverged"},
        {"dense-r1-s2": "its process was killed"},
    )
    assert "2 repeats" in notes[0]
    assert "1,000 test images" in notes[0]
    assert notes[1:] == [
        "Left out, since they do not train in epochs: forest.",
        "wide-pilot-2 failed, its member is left out: it diverged",
        "dense-r1-s2 failed, its repeat is left out: its process was killed",
    ]


def test_where_all_went_well_there_is_one_note():
    assert len(notes_of(5, 360, [], {}, {})) == 1
