from ripieno.report.figures.bars import bars


def test_every_bar_has_its_value_and_the_first_stands_on_top():
    axes = bars(["a", "b"], [0.75, 0.0], lambda v: f"{v:.2f}").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.75, 0.0]
    assert [text.get_text() for text in axes.texts] == ["0.75", "0.00"]
    assert axes.yaxis_inverted()


def test_weights_that_are_all_zero_are_drawn():
    assert bars(["a"], [0.0], str).axes[0].get_xlim()[1] > 0
