import pytest

from ripieno.runtime.deaths import explain, quote, worker_died


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (-9, "ended by SIGKILL (most often the kernel, for want of memory"),
        (137, "ended by SIGKILL"),
        (-11, "ended by SIGSEGV (native code crashed"),
        (-10, "ended by SIGUSR1"),
        (1, "exit code 1"),
        (None, "it stopped answering"),
    ],
)
def test_exit_codes_are_told_in_words(exit_code, words):
    assert words in explain(exit_code)


def test_the_last_lines_are_quoted_in_one():
    assert quote("one\n\ntwo\n  three\nfour\n") == "two | three | four"


def test_a_fatal_error_is_quoted_before_anything_after_it():
    output = "noise\nFatal Python error: Segmentation fault\n\nCurrent thread:\n  File x\n"
    assert quote(output) == "Fatal Python error: Segmentation fault"


def test_the_error_is_one_line():
    error = worker_died("while it ran train", -9, "one\ntwo")
    assert "\n" not in str(error)
    assert str(error).startswith("The worker died while it ran train: ended by SIGKILL")
    assert str(error).endswith("Its last words: one | two")
