from ripieno.report.figures.cost import Point, cost
from ripieno.report.words import tick_percent

MEMBERS = [Point("forest", 0.5, 0.9), Point("convnet", 8.0, 0.95)]
ENSEMBLE = Point("ensemble", 8.5, 0.97)


def test_every_model_is_named_and_the_ensemble_first():
    texts = cost(MEMBERS, ENSEMBLE, "accuracy", write_tick=tick_percent).axes[0].texts
    assert [text.get_text() for text in texts] == ["ensemble", "forest", "convnet"]


def test_costs_that_differ_more_than_tenfold_are_logarithmic():
    assert cost(MEMBERS, ENSEMBLE, "accuracy").axes[0].get_xscale() == "log"
    assert cost(MEMBERS[1:], ENSEMBLE, "accuracy").axes[0].get_xscale() == "linear"


def test_the_frontier_falls_only_where_the_next_pool_can_be_paid_for():
    frontier = [Point("1", 1.0, 0.9), Point("2", 3.0, 0.5), Point("3", 4.0, 0.4)]
    line = cost(MEMBERS, ENSEMBLE, "log-loss", frontier).axes[0].get_lines()[0]
    assert list(line.get_xdata()) == [1.0, 3.0, 3.0, 4.0, 4.0]
    assert list(line.get_ydata()) == [0.9, 0.9, 0.5, 0.5, 0.4]


def test_a_time_of_zero_is_drawn():
    cost([Point("instant", 0.0, 0.5)], Point("ensemble", 0.0, 0.5), "accuracy")


def test_one_loss_far_off_does_not_hide_the_others():
    far = [*MEMBERS, Point("useless", 1.0, 12.5)]
    assert cost(far, ENSEMBLE, "log-loss").axes[0].get_yscale() == "log"
    assert cost(far, ENSEMBLE, "accuracy", write_tick=tick_percent).axes[0].get_yscale() == "linear"
