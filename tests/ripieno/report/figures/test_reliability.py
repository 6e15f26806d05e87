from ripieno.report.figures.reliability import reliability


def test_points_are_the_bins_and_are_joined_to_the_diagonal():
    axes = reliability([0.6, 0.9], [0.5, 0.95], start=0.4).axes[0]
    dots = axes.get_lines()[1]
    assert list(dots.get_xdata()) == [0.6, 0.9]
    assert list(dots.get_ydata()) == [0.5, 0.95]
    stems = [segment.tolist() for segment in axes.collections[0].get_segments()]
    assert stems == [[[0.6, 0.6], [0.6, 0.5]], [[0.9, 0.9], [0.9, 0.95]]]
    assert axes.get_xlim() == axes.get_ylim() == (0.4, 1.0)
