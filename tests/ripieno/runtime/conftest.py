"""What a person would see: programs run in a pseudo-terminal, and their output played back."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

TERMINAL_SETTINGS = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE")
CONTROL = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])")


def run(script, *arguments, columns=80, lines=24, environment=None):
    """Run a Python script; what its screen shows, what it wrote, and its exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    inherited = {name: text for name, text in os.environ.items() if name not in TERMINAL_SETTINGS}
    process = subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=inherited | {"TERM": "xterm-256color"} | (environment or {}),
        start_new_session=True,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        written += data
    os.close(ours)
    return Screen(written.decode(), columns), written.decode(), process.wait(200)


class Screen:
    """A terminal that scrolls without end, so that every line ever shown can be looked at."""

    def __init__(self, written, columns=80):
        self.rows, self.row, self.column, self.columns = [[]], 0, 0, columns
        self.cursor_shown = True
        place = 0
        for match in CONTROL.finditer(written):
            self._write(written[place : match.start()])
            self._control(match[1], match[2])
            place = match.end()
        self._write(written[place:])

    @property
    def lines(self):
        return ["".join(row).rstrip() for row in self.rows]

    def _write(self, text):
        for character in text:
            if character == "\n":
                self.row += 1
                while len(self.rows) <= self.row:
                    self.rows.append([])
            elif character == "\r":
                self.column = 0
            else:
                if self.column == self.columns:
                    self._write("\r\n")
                row = self.rows[self.row]
                row.extend(" " * (self.column + 1 - len(row)))
                row[self.column] = character
                self.column += 1

    def _control(self, parameters, letter):
        number = int(parameters) if parameters.isdigit() else None
        if letter == "A":
            self.row = max(0, self.row - (number or 1))
        elif letter == "K":
            self.rows[self.row] = [] if number == 2 else self.rows[self.row][: self.column]
        elif letter in "hl":
            assert parameters == "?25", parameters
            self.cursor_shown = letter == "h"
        else:
            assert letter == "m", letter


@pytest.fixture
def on_terminal():
    return run
