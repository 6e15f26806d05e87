import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.report.figures.canvas import new_figure
from ripieno.report.figures.placement import Box, name_points


def named(points, names, corners=()):
    figure = new_figure(3.0)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], "none")
    name_points(axes, points, names, corners)
    return figure, axes.texts


def overlap(first, second):
    return not (
        first.x1 <= second.x0 or second.x1 <= first.x0
        or first.y1 <= second.y0 or second.y1 <= first.y0
    )  # fmt: skip


@given(
    st.lists(
        st.tuples(st.floats(0.05, 0.95), st.floats(0.05, 0.95)), min_size=1, max_size=8, unique=True
    )
)
@settings(deadline=None, max_examples=8)
def test_no_name_covers_another(points):
    figure, texts = named(points, [f"member{i}" for i in range(len(points))])
    figure.draw_without_rendering()
    boxes = [text.get_tightbbox() for text in texts]
    assert texts
    for i, box in enumerate(boxes):
        # The vertical extent of a line is larger than its letters.
        assert not any(overlap(box.shrunk(1, 0.75), other) for other in boxes[:i])


def test_a_name_stands_to_the_right_of_its_point_where_there_is_room():
    _, (text,) = named([(0.5, 0.5)], ["alone"])
    assert text.get_ha() == "left"


def test_at_the_right_edge_a_name_stands_to_the_left():
    _, (text,) = named([(0.99, 0.5)], ["at_the_edge"])
    assert text.get_ha() == "right"


def test_where_there_is_no_room_the_later_names_are_left_out():
    _, texts = named([(0.5, 0.5)] * 12, [f"twin{i}" for i in range(12)])
    assert texts[0].get_text() == "twin0"
    assert len(texts) < 12


def test_names_keep_off_a_line():
    free = named([(0.5, 0.5)], ["name"])[1][0]
    kept_off = named([(0.5, 0.5)], ["name"], corners=[(0.5, 0.5), (0.9, 0.5)])[1][0]
    assert free.get_ha() == "left"
    assert kept_off.get_ha() == "right"


@pytest.mark.parametrize(
    ("box", "meets"), [(Box(1, 1, 3, 3), True), (Box(2, 0, 3, 2), False), (Box(0, 2, 2, 3), False)]
)
def test_boxes_that_only_touch_do_not_meet(box, meets):
    assert Box(0, 0, 2, 2).meets(box) is meets


def test_points_without_names_are_kept_clear_of():
    points = [(0.5, 0.5), (0.55, 0.5)]
    _, texts = named(points, ["name"])
    assert texts[0].get_ha() == "right"
    assert np.allclose(texts[0].xy, points[0])
