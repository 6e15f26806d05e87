import os
import shlex
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from conf.loading import load_configuration
from flows.__main__ import main
from flows.verbs import VERBS

ROOT = Path(__file__).parents[2]
ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
HEAVY = ("tensorflow", "keras", "mlflow", "prefect", "sklearn", "scipy", "matplotlib")


def answer(*argv, capsys):
    """Exit code, standard output and standard error of one call in this process."""
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        code = main(argv)
    except SystemExit as stop:
        code = stop.code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return (code, *capsys.readouterr())


def run(*argv, **options):
    command = [sys.executable, *argv]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, **options)


def written(directory, text):
    path = directory / "mine.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("verb", VERBS)
def test_help_lists_every_verb_and_each_has_its_own(verb, capsys):
    code, out, _ = answer("--help", capsys=capsys)
    assert code == 0
    assert verb in out
    code, out, _ = answer(verb, "--help", capsys=capsys)
    assert code == 0
    assert f"ripieno {verb}" in out


def test_the_version_is_the_installed_one(capsys):
    assert answer("--version", capsys=capsys)[:2] == (0, f"ripieno {version('ripieno')}\n")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), "VERB"),
        (("trian",), "Unknown verb 'trian'. Nearest: train."),
        (("train", "--con", "digits"), "--con digits"),
        (("train", "--conf"), "--conf: expected one argument"),
        (("train", "--conf", "digit"), "Unknown configuration 'digit'. Nearest: digits."),
        (("train", "--set", "seed=x"), "seed: expected an integer"),
        (("train", "--set", "seed"), "--set seed: expected FIELD=VALUE"),
        (("show", "--conf", "nowhere/mine.yaml"), "Expected a YAML file at nowhere/mine.yaml"),
        (("score", "--input", "x"), "--output"),
        (("score", "--input", "no/x", "--output", "y"), "no/x does not exist"),
    ],
)
def test_a_mistake_is_one_line_on_standard_error_and_exit_code_2(argv, words, capsys):
    code, out, err = answer(*argv, capsys=capsys)
    assert (code, out) == (2, "")
    assert err.startswith("ripieno: error: ")
    assert words in err
    assert err.count("\n") == 1


def test_a_port_in_the_environment_that_is_none_is_told(monkeypatch, capsys):
    monkeypatch.setenv("SERVE_PORT", "http")
    code, _, err = answer("serve", capsys=capsys)
    assert code == 2
    assert err == "ripieno: error: SERVE_PORT: expected a port's number, received 'http'.\n"


def ripieno(*argv, shell, cwd, **environment):
    """Run the command line in a shell, where `ripieno` stands for it."""
    command = shell.replace("ripieno", f"{sys.executable} -m flows {shlex.join(argv)}")
    return subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        timeout=120,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


@pytest.mark.parametrize("argv", [["--help"], ["show"], ["configurations"], ["prune", "--keep=0"]])
@pytest.mark.parametrize("shell", ["ripieno 2>&1 | true", "ripieno | true"])
def test_a_reader_that_leaves_is_no_error(argv, shell, tmp_path):
    done = ripieno(*argv, shell=f"sleep 0.5; {shell}", cwd=tmp_path)
    assert done.returncode == (2 if "prune" in argv else 0)
    assert done.stderr.count(b"\n") <= 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize("argv", [["--help"], ["show"], ["trian"]])
def test_a_closed_stream_is_no_error(argv, closed, tmp_path):
    done = ripieno(*argv, shell=f"ripieno {closed}", cwd=tmp_path)
    assert done.returncode == (2 if argv == ["trian"] else 0)
    assert done.stdout == b"" or ">&-" not in closed.split()
    assert done.stderr.count(b"\n") == (argv == ["trian"] and "2>&-" not in closed)


def test_a_file_does_not_take_the_place_of_a_closed_stream(tmp_path):
    body = "import os; file = open('kept', 'w'); print('lost', flush=True); file.write('kept')"
    command = f"{sys.executable} {stand_in(tmp_path, body)} >&-"
    subprocess.run(["bash", "-c", command], check=True, cwd=tmp_path)
    assert (tmp_path / "kept").read_text() == "kept"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's disk that is always full")
def test_output_to_a_full_disk_is_no_error(tmp_path):
    done = ripieno("configurations", shell="ripieno > /dev/full", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_what_a_command_starts_has_all_streams_as_well(closed, tmp_path):
    child = "import os, pathlib; [os.fstat(n) for n in range(3)]; pathlib.Path('ran').touch()"
    body = f"import subprocess; subprocess.run([sys.executable, '-c', {child!r}])"
    command = f"{sys.executable} {stand_in(tmp_path, body)} {closed}"
    subprocess.run(["bash", "-c", command], check=False, cwd=tmp_path)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}],
)
def test_what_an_ascii_terminal_cannot_show_is_escaped(environment, tmp_path):
    (tmp_path / "\u732b.yaml").write_text(
        "dataset: {source: npz, path: a.npz, class_names: [\u732b, \u72ac]}\n"
        "members: {svm: {architecture: scikit_learn, estimator: SVC}}\n",
        encoding="utf-8",
    )
    argv = ["show", "--conf", "\u732b.yaml"]
    assert ripieno(*argv, shell="ripieno", cwd=tmp_path, **environment).returncode == 0
    done = ripieno("show", "--conf", "\u72ac.yaml", shell="ripieno", cwd=tmp_path, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith(b"ripieno: error: Expected a YAML file at ")
    assert done.stderr.count(b"\n") == 1
    body = "print('\u732b', chr(0xdce9))"
    command = [sys.executable, stand_in(tmp_path, body)]
    said = subprocess.run(command, capture_output=True, env=os.environ | environment, check=True)
    assert said.stdout in (b"\\u732b \\udce9\n", "\u732b \\udce9\n".encode())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("A=1\n".encode("utf-16"), "expected a text file in UTF-8"),
        ("A=\xe9\n".encode("latin-1"), "expected a text file in UTF-8"),
        (b"A=1\nsecret and more\n", ".env, line 2: expected NAME=VALUE."),
        (b"A=1\nB='secret\n", ".env, line 2: expected NAME=VALUE."),
        (b"A=se\0cret\n", ".env, line 1: expected NAME=VALUE."),
    ],
    ids=["UTF-16", "Latin-1", "no assignment", "no end", "NUL"],
)
def test_a_damaged_env_file_is_one_line(content, words, tmp_path):
    (tmp_path / ".env").write_bytes(content)
    done = ripieno("configurations", shell="ripieno", cwd=tmp_path)
    assert done.returncode == 2
    said = done.stderr.decode()
    assert words in said
    assert "secret" not in said
    assert said.count("\n") == 1
    assert ripieno("--help", shell="ripieno", cwd=tmp_path).returncode == 0


def test_an_env_file_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfRIPIENO_WORKSPACE=elsewhere\n")
    done = ripieno("show", shell="env -u RIPIENO_WORKSPACE ripieno", cwd=tmp_path)
    assert f"workspace: {tmp_path}/elsewhere" in done.stdout.decode()


def test_the_status_of_services_that_were_never_started_is_no_failure(tmp_path):
    done = ripieno("status", shell="ripieno", cwd=tmp_path, RIPIENO_WORKSPACE=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [
        ["prefect", "stopped"],
        ["mlflow", "stopped"],
        ["worker", "stopped"],
    ]
    assert lines[4] == f"Nothing runs in {tmp_path}. Start it: make up (or ripieno up)."
    assert list(tmp_path.iterdir()) == []


def test_every_problem_has_its_line(capsys):
    code, _, err = answer("train", "--set", "seed=x", "ensemble.rule=best", capsys=capsys)
    assert code == 2
    lines = err.splitlines()
    assert [line.rpartition(" (")[2] for line in lines] == [
        "--set ensemble.rule=best).",
        "--set seed=x).",
    ]
    assert all(line.startswith("ripieno: error: ") for line in lines)


def test_set_may_be_given_once_or_often(capsys):
    often = ("--set", "seed=3", "--set", "split.seed=4")
    once = ("--set", "seed=3", "split.seed=4")
    code, shown, _ = answer("show", "--conf", "smoke", *often, capsys=capsys)
    assert code == 0
    assert answer("show", "--conf", "smoke", *once, capsys=capsys)[1] == shown


def test_what_show_prints_is_a_configuration(tmp_path, capsys):
    _, shown, _ = answer("show", "--conf", "smoke", "--set", "seed=3", capsys=capsys)
    assert load_configuration(written(tmp_path, shown)) == load_configuration("smoke", ["seed=3"])


def test_the_configurations_are_listed(capsys):
    code, out, _ = answer("configurations", capsys=capsys)
    assert code == 0
    assert {line.split()[0] for line in out.splitlines()} >= {"digits", "fashion_mnist", "smoke"}


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"],
        ["train", "--help"],
        ["--version"],
        ["configurations"],
        ["show", "--conf", "digits"],
        ["train", "--conf", "digit"],
        ["train", "--conf", "digits", "--set", "members.forest.architecture=tree"],
        ["train", "--conf", "digits", "--set", "members.forest.seed=-1"],
        ["score", "--help"],
    ],
    ids=" ".join,
)
def test_an_answer_without_a_run_imports_nothing_heavy(argv):
    done = run("-X", "importtime", "-m", "flows", *argv)
    assert done.returncode in (0, 2)
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "argparse" in imported
    assert not imported & set(HEAVY)


def test_what_a_worker_imports_again_is_next_to_nothing():
    code = (
        "import sys; before = set(sys.modules); import flows.__main__;"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = run("-c", code)
    assert set(done.stdout.split()) <= {
        "conf",
        "flows",
        "collections",
        "typing",
        "_typing",
        "types",
    }


def stand_in(directory, body):
    """A command that runs the command line with a verb of its own."""
    path = directory / "command.py"
    path.write_text(
        "import sys, time\n"
        "from flows.__main__ import main\n"
        "from flows.verbs import VERBS, Verb\n"
        "from ripieno.errors import DataError, TrainingError\n"
        f"def verb(arguments):\n    {body}\n"
        "VERBS['verb'] = Verb('', lambda parser: None, verb)\n"
        "sys.exit(main(['verb']))\n"
    )
    return str(path)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return 0", 0),
        ("return 3", 3),
        ("raise DataError('no images')", 2),
        ("raise TrainingError('no members')", 1),
    ],
)
def test_the_exit_code_says_how_it_ended(body, code, tmp_path):
    done = run(stand_in(tmp_path, body))
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_an_error_of_ours_is_one_line(tmp_path):
    done = run(stand_in(tmp_path, "raise DataError('no images')"))
    assert done.stderr == "ripieno: error: no images\n"


def test_an_error_of_the_program_keeps_its_traceback(tmp_path):
    done = run(stand_in(tmp_path, "raise KeyError('bug')"))
    assert done.returncode == 1
    assert "Traceback" in done.stderr


WAIT = ["try:", "    print('ready', flush=True)", "    time.sleep(300)"]
WAIT += ["finally:", "    print('cleaning', flush=True)", "    time.sleep(2)", "    print('clean')"]


def start_waiting(directory, *before):
    """A command of the command line that waits, and then cleans up for a while."""
    process = subprocess.Popen(
        [*before, sys.executable, stand_in(directory, "\n    ".join(WAIT))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    return process


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=["SIGHUP", "SIGINT", "SIGTERM"],
)
def test_a_signal_ends_it_with_its_exit_code_after_cleaning_up(number, code, tmp_path):
    process = start_waiting(tmp_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=200)
    assert process.returncode == code
    assert out == "cleaning\nclean\n"
    assert err.count("\n") == 1


def test_a_terminal_that_says_twice_that_it_closes_does_not_cut_cleaning_up_short(tmp_path):
    process = start_waiting(tmp_path)
    process.send_signal(signal.SIGHUP)
    assert process.stdout.readline() == "cleaning\n"
    process.send_signal(signal.SIGHUP)
    assert process.communicate(timeout=200)[0] == "clean\n"
    assert process.returncode == 129


def test_a_second_ctrl_c_does_not_wait_for_cleaning_up(tmp_path):
    process = start_waiting(tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "cleaning\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=200) == ("", "")
    assert process.returncode == 130


def test_a_command_under_nohup_outlives_its_terminal(tmp_path):
    process = start_waiting(tmp_path, "nohup")
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=200)[0] == "cleaning\nclean\n"
    assert process.returncode == 143
