"""The pictures that the README's commands need, and the configuration that it prints."""

import runpy
from pathlib import Path

from conf.loading import load_configuration
from ripieno.data.sources import SOURCES

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_example_s_configuration_reads_the_pictures_that_were_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLES / "make_pictures.py"), run_name="__main__")
    dataset = load_configuration(EXAMPLES / "my_pictures.yaml").dataset
    read = SOURCES[dataset.source](**dataset.settings)
    assert read.images.shape == (1500, 16, 16, 1)
    assert read.class_names == tuple("0123456789")
    assert len(list(Path("new_pictures").iterdir())) == 297


def test_the_readme_prints_the_example_s_configuration():
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    written = (EXAMPLES / "my_pictures.yaml").read_text(encoding="utf-8")
    assert written.partition("\n")[2] in readme
