import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from ripieno.report.facts import Pictures
from ripieno.report.html import render

VOID = {"meta", "img", "wbr"}


class Page(HTMLParser):
    """Elements with their attributes and parents; every tag must be closed by its own."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.text = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), [tag for tag, _ in self.open]))
        if tag not in VOID:
            self.open.append((tag, dict(attributes)))

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), [tag for tag, _ in self.open]))

    def handle_endtag(self, tag):
        opened, _ = self.open.pop()
        assert opened == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes, _ in self.elements if name == tag]

    def words(self):
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def html(facts):
    return render(facts)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_says_its_language_and_fits_a_phone(page):
    assert page.all("html") == [{"lang": "en-GB"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )


def test_the_headline_is_the_only_first_heading(page, facts):
    assert len(page.all("h1")) == 1
    assert facts.summary["ensemble"]["headline"] in page.words()


def test_sections_stand_in_the_order_in_which_people_look(page):
    assert [section["id"] for section in page.all("section")] == [
        "leaderboard", "weights", "training", "confusion", "calibration", "prediction-sets",
        "diversity", "cost", "images", "label-errors", "classes", "contributions", "comparisons",
        "data", "configuration", "versions",
    ]  # fmt: skip


def test_every_link_leads_to_a_place_in_the_page(page):
    places = {f"#{attributes['id']}" for _, attributes, _ in page.elements if "id" in attributes}
    assert page.all("a")
    assert {link["href"] for link in page.all("a")} <= places


def test_nothing_is_fetched_and_no_script_runs(html, page):
    for tag in ("script", "link", "iframe", "object", "base"):
        assert not page.all(tag)
    for _, attributes, _ in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            assert attributes.get(name, "#").startswith(("#", "data:image/png;base64,"))
    assert "http" not in html.replace("http-equiv", "")
    assert "@import" not in html
    assert "url(" not in re.sub(r"url\(#", "", html)


def test_the_browser_is_told_to_fetch_nothing(page):
    (policy,) = [meta for meta in page.all("meta") if "http-equiv" in meta]
    assert policy["content"].startswith("default-src 'none'")


def test_every_figure_is_labelled_and_has_its_numbers_as_a_table(html):
    figures = re.findall(r'<figure class="plot">.*?</figure>', html, flags=re.DOTALL)
    assert len(figures) == 19
    for figure in figures:
        svg = re.search(r"<svg.*</svg>", figure, flags=re.DOTALL)
        assert ElementTree.fromstring(svg[0]).get("aria-label")
        assert "<details>" in figure
        assert "<tbody>\n<tr" in figure


def test_no_id_occurs_twice(page):
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_picture_says_what_it_shows(page):
    pictures = page.all("img")
    assert pictures
    assert all(
        " predicted " in picture["alt"] or " is labelled " in picture["alt"] for picture in pictures
    )


def test_every_table_scrolls_within_its_own_box(page):
    parents = [parents for tag, _, parents in page.elements if tag == "table"]
    assert {chain[-1] for chain in parents} == {"div"}
    scrolling = [box for box in page.all("div") if "scroll" in box.get("class", "")]
    assert len(scrolling) == len(parents)
    assert all(box["tabindex"] == "0" and box["aria-label"] for box in scrolling)


def test_a_failed_member_is_loud_before_any_figure(html):
    alert = html.index("convnet_wide failed")
    assert alert < html.index("<svg")
    assert 'role="alert"' in html[alert - 100 : alert]
    assert "unable to allocate 12.4 GiB" in html


def test_both_themes_are_there_and_paper_is_light(html):
    assert ":root { --paper: #ffffff;" in html
    assert "@media screen and (prefers-color-scheme: dark) { :root { --paper: #14171b;" in html


def test_the_footer_says_where_it_comes_from(page, facts):
    run = facts.summary["run"]
    footer = page.words().rpartition("Run ")[2]
    for fact in (run["name"], f"seed {run['seed']}", run["git_commit"], run["mlflow_run_id"]):
        assert fact in footer


def test_the_whole_configuration_is_there(page):
    assert "filters: [[32], [64, 64]]" in page.words()


def test_equal_facts_give_equal_bytes(facts, html):
    assert render(facts) == html


def test_ten_classes_stay_below_one_and_a_half_megabytes(html):
    assert len(html.encode()) < 1_500_000


def test_names_from_outside_are_text_and_nothing_else(facts_of):
    evil = "<script>alert(1)</script>&\"'{{ 7 * 7 }}$x$"
    classes = (evil, "犬", "\x1b[31m\udcff", "x" * 300)
    facts = facts_of(names=(evil, "b"), classes=classes, failed=(evil,), n_test=60, shape=(8, 8, 1))
    page = Page(render(facts))
    assert not page.all("script")
    assert evil in page.words()
    assert "49" not in page.words().partition("failed")[0]


def test_a_lone_member_has_no_diversity_and_no_leave_one_out(facts_of):
    facts = facts_of(
        names=("only",), classes=("cat", "dog"), failed=(), n_test=60, without_epochs=("only",),
        certificate=None, shape=(5, 1, 1),
    )  # fmt: skip
    page = Page(render(facts))
    ids = {section["id"] for section in page.all("section")}
    assert not ids & {"diversity", "contributions"}
    assert "only has no curve: fitted in one go." in page.words()
    assert "no certificate" in page.words()
    assert not [box for box in page.all("div") if box.get("class") == "alert"]


def test_a_hundred_classes_are_drawn_without_names_and_listed_in_full(facts_of):
    classes = [f"class {i}" for i in range(100)]
    facts = facts_of(
        names=("a", "b"), classes=classes, failed=(), n_test=400, shape=(120, 200, 3),
        dtype="float32",
    )  # fmt: skip
    html = render(facts)
    assert len(html.encode()) < 1_500_000
    assert all(html.count(name) > 1 for name in ("class 0", "class 99"))


def test_no_pictures_of_a_kind_are_said_to_be_none(facts):
    nothing = np.zeros(0, dtype=int)
    none = Pictures(np.zeros((0, 8, 8, 1), dtype=np.uint8), nothing, nothing, nothing, 0)
    words = Page(render(replace(facts, all_wrong=none, only_ensemble=none))).words()
    assert "There is no test image that no member and not the ensemble gets right." in words
    assert "There is no test image that the ensemble gets right and no member does." in words


def test_of_a_run_in_folds_nothing_is_said_of_validation_that_was_none(facts_in_folds):
    words = Page(render(facts_in_folds)).words()
    assert "fitted on out-of-fold probabilities of 1,437 development images in 5 folds" in words
    assert "out-of-fold log-loss" in words
    assert "on validation" not in words
