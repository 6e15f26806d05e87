import pytest

from ripieno.evaluation.interval import Interval
from ripieno.study.effects import Comparison, Effect, Gains
from ripieno.study.verdict import sentence, strongest_in_words, verdict


def effect(mean, half=0.001, half_of_images=0.001):
    return Effect(
        repeats=(mean, mean),
        over_repeats=Interval(mean - half, mean, mean + half),
        over_images=Interval(mean - half_of_images, mean, mean + half_of_images),
    )


def gains(same, different, **halves):
    return Gains(effect(same), effect(different), effect(different - same, **halves))


def comparison(metric, of, strongest=("convnet", "convnet")):
    return Comparison(
        metric=metric,
        single={"convnet": (0.1, 0.1), "dense": (0.2, 0.2)},
        same={"convnet": (0.1, 0.1), "dense": (0.2, 0.2)},
        different=(0.1, 0.1),
        strongest=strongest,
        headline=of,
        by_architecture={},
    )


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (gains(0.0005, 0.02), "holds"),
        (gains(0.005, 0.02), "holds"),
        (gains(0.01, 0.02), "holds in part"),
        (gains(0.02, 0.01), "reversed"),
        (gains(0.02, -0.01), "reversed"),
        (gains(0.01, 0.02, half=0.05), "undecided"),
        (gains(0.01, 0.02, half_of_images=0.05), "undecided"),
        (gains(0.0, 0.0), "undecided"),
    ],
    ids=[
        "seeds gain nothing",
        "seeds gain a quarter",
        "seeds gain half",
        "seeds gain more",
        "architectures lose",
        "seeds vary too much",
        "images vary too much",
        "nobody gains",
    ],
)
def test_the_verdict_follows_from_the_gains(of, expected):
    assert verdict(of) == expected


def test_the_sentence_has_every_figure_with_its_intervals():
    text = sentence(
        comparison("log_loss", gains(0.01, 0.03, half=0.002, half_of_images=0.004)),
        comparison("accuracy", gains(0.001, 0.006)),
    )
    assert text == (
        "On these data the claim holds in part, for seeds are worth having too: at equal cost 2 "
        "different architectures gain +0.0200 nats (95% interval +0.0180 to +0.0220 over 2 "
        "repeats, +0.0160 to +0.0240 over test images) and +0.50 points of accuracy (+0.40 to "
        "+0.60; +0.40 to +0.60) over 2 seeds of convnet; over one such network the seeds gain "
        "+0.0100 (+0.0090 to +0.0110) nats, the architectures +0.0300 (+0.0290 to +0.0310)."
    )


def test_a_loss_is_told_as_plainly():
    text = sentence(comparison("log_loss", gains(0.03, 0.01)), comparison("accuracy", gains(0, 0)))
    assert text.startswith("On these data the claim does not hold, the opposite does")
    assert "gain \N{MINUS SIGN}0.0200 nats" in text


@pytest.mark.parametrize(
    ("halves", "words"),
    [
        ({"half_of_images": 0.05}, "other images might not"),
        ({"half": 0.05}, "other seeds might not"),
    ],
)
def test_a_difference_lost_to_one_chance_alone_names_it(halves, words):
    of = comparison("log_loss", gains(0.01, 0.03, **halves))
    text = sentence(of, comparison("accuracy", gains(0.0, 0.0)))
    assert "cannot be told from chance" in text
    assert words in text


def test_repeats_with_different_opponents_say_how_often_each():
    assert strongest_in_words(["a", "b", "a"]) == "the strongest one on validation (a in 2, b in 1)"
