"""Imports run one way: flows -> tasks -> conf -> ripieno."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "ripieno": {"conf", "tasks", "flows", "prefect", "mlflow"},
    "conf": {"tasks", "flows", "prefect", "mlflow"},
    "tasks": {"flows"},
    "flows": {"mlflow"},
}
SOURCES = [path for room in FORBIDDEN for path in sorted((ROOT / room).rglob("*.py"))]
MLFLOW_FILES = {"tasks/ensemble_model.py", "tasks/member_model.py"}


def imported(tree: ast.AST) -> set[str]:
    """The top-level names of every package that a piece of code imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_room_imports_only_rooms_below_it(path):
    room = path.relative_to(ROOT).parts[0]
    assert not imported(ast.parse(path.read_text())) & FORBIDDEN[room]


def test_what_a_worker_and_the_command_line_import_first_is_light():
    code = (
        "import sys, ripieno.models, ripieno.data.sources, conf.loading, flows.__main__;"
        "heavy = {'tensorflow', 'keras', 'mlflow', 'prefect', 'sklearn'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_only_tracking_and_the_logged_models_import_mlflow():
    users = {
        relative(path)
        for path in SOURCES
        if "mlflow" in imported(ast.parse(path.read_text()))
        and not path.is_relative_to(ROOT / "tasks" / "tracking")
    }
    assert users == MLFLOW_FILES
