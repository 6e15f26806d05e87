import pytest

from ripieno.report.theme import DARK, HEAT, LIGHT, MAX_HEAT, css_variables, follow_theme


def channels(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def luminance(rgb):
    """Relative luminance of WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in
              (value / 255 for value in rgb)]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_has_the_contrast_that_the_standard_says():
    assert contrast(channels("#000000"), channels("#ffffff")) == pytest.approx(21)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "raised"])
@pytest.mark.parametrize("role", ["ink", "muted", "accent", "warm"])
def test_text_is_legible(theme, role, ground):
    assert contrast(channels(theme[role]), channels(theme[ground])) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("share", [0, 0.25, 0.5, 0.75, 1])
def test_figures_on_a_heat_map_are_legible(theme, share):
    opacity = share * MAX_HEAT
    pairs = zip(HEAT, channels(theme["paper"]), strict=True)
    cell = [opacity * blue + (1 - opacity) * paper for blue, paper in pairs]
    assert contrast(channels(theme["ink"]), cell) >= 4.5


def test_both_themes_have_the_same_roles_and_no_colour_has_two():
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


def test_light_colours_become_variables_and_others_stay():
    style = f"fill: {LIGHT['ink']}; stroke: #123456"
    assert follow_theme(style) == "fill: var(--ink); stroke: #123456"


def test_a_theme_is_a_list_of_css_declarations():
    assert css_variables({"ink": "#000000", "paper": "#ffffff"}) == (
        "--ink: #000000; --paper: #ffffff;"
    )
