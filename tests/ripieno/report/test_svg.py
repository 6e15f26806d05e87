from xml.etree import ElementTree

from ripieno.report.figures.canvas import any_script, new_figure, quieten
from ripieno.report.svg import inline_svg
from ripieno.report.theme import LIGHT


def drawing(text="a & b"):
    figure = new_figure(1.5)
    axes = figure.subplots()
    quieten(axes)
    axes.plot([0, 1], [0, 1], marker="o", color=LIGHT["accent"])
    axes.imshow([[0.0, 1.0]], extent=(0, 1, 0, 1), interpolation="none")
    axes.text(0.5, 0.5, text)
    return figure


def inlined(name="one", label="a label", text="a & b"):
    return ElementTree.fromstring(inline_svg(drawing(text), name, label))


def ids(root):
    return {element.get("id") for element in root.iter() if element.get("id")}


def test_text_stays_text():
    assert "a & b" in [element.text for element in inlined().iter("text")]


def test_it_has_a_label_and_no_size():
    root = inlined(label='who "won" <here>')
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'who "won" <here>'
    assert root.get("width") is None
    assert root.get("viewBox").startswith("0 0 360")


def test_it_names_no_address_font_or_light_colour():
    text = str(inline_svg(drawing(), "one", "a label"))
    assert "http" not in text
    assert "font-family" not in text
    assert LIGHT["accent"] not in text
    assert "var(--accent)" in text


def test_it_styles_nothing_but_itself():
    assert not list(inlined().iter("style"))


def test_two_figures_share_no_id_and_refer_to_their_own():
    one, other = inlined("one"), inlined("other")
    assert ids(one)
    assert not ids(one) & ids(other)
    references = {
        value.strip("url()").lstrip("#")
        for element in one.iter()
        for key, value in element.attrib.items()
        if key in ("href", "clip-path") and value.startswith(("#", "url(#"))
    }
    assert references == ids(one)


def test_equal_figures_are_equal_text():
    assert inline_svg(drawing(), "one", "a") == inline_svg(drawing(), "one", "a")


def test_a_name_in_another_script_is_kept_and_warns_of_nothing():
    assert "犬" in [element.text for element in inlined(text="犬").iter("text")]


def test_other_warnings_are_heard():
    import warnings

    import pytest

    with pytest.warns(UserWarning, match="else"), any_script():
        warnings.warn("something else", UserWarning, stacklevel=1)
