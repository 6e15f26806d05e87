import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_help_lists_every_command():
    makefile = (ROOT / "Makefile").read_text()
    commands = {
        name for names in re.findall(r"^\.PHONY:(.*)", makefile, re.M) for name in names.split()
    }
    command = ["make", "--no-print-directory", "help"]  # `make test` is a make around this one
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {line.split()[1] for line in said.stdout.splitlines()} == commands


def test_a_quote_in_a_variable_stays_in_it():
    command = ["make", "--no-print-directory", "--dry-run", "run-flow", """CONF=a"b'c d.yaml"""]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in said.splitlines() if "flows train" in line]
    assert """a"b'c d.yaml""" in shlex.split(line)
