"""What every source promises, whatever it reads."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from ripieno.data.sources import SOURCES

HEAVY = ("keras", "tensorflow", "sklearn", "pyarrow", "scipy", "pandas", "matplotlib")


def test_every_source_of_the_package_is_registered():
    folder = Path(inspect.getfile(SOURCES["digits"])).parent
    assert sorted(SOURCES) == sorted(p.stem for p in folder.glob("*.py") if p.stem != "__init__")


@pytest.mark.parametrize("name", SOURCES)
def test_settings_are_keyword_only_and_described(name):
    for setting in inspect.signature(SOURCES[name]).parameters.values():
        assert setting.kind is inspect.Parameter.KEYWORD_ONLY
        assert TypeAdapter(setting.annotation).json_schema().get("description"), setting


@pytest.mark.parametrize("name", SOURCES)
def test_defaults_are_within_their_own_ranges(name):
    for setting in inspect.signature(SOURCES[name]).parameters.values():
        if setting.default is not inspect.Parameter.empty:
            TypeAdapter(setting.annotation).validate_python(setting.default)


def test_sources_are_imported_without_the_heavy_libraries():
    script = "import sys, ripieno.data.sources; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not set(HEAVY) & set(loaded)
