import json
import logging
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from ripieno.runtime.store import DiskError, Store

KEY = "0123456789abcdef"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def write(store, text="weights", key=KEY, kind="member"):
    with store.write(kind, key, {"seed": 1}) as directory:
        (directory / "model").mkdir()
        (directory / "model" / "weights.bin").write_bytes(text.encode())
        (directory / "facts.json").write_text("{}")
    return store.path(kind, key)


def hidden(store, kind="member"):
    return sorted(path.name for path in (store.root / kind).glob(".*"))


def python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], stdout=subprocess.PIPE
    )


def test_what_was_written_is_found(store):
    path = write(store)
    assert store.find("member", KEY) == path
    assert (path / "model" / "weights.bin").read_bytes() == b"weights"


def test_nothing_is_found_in_a_store_that_does_not_exist(store):
    assert store.find("member", KEY) is None
    assert not store.root.exists()


def test_entry_is_invisible_until_it_is_finished(store):
    with store.write("member", KEY, {}) as directory:
        (directory / "facts.json").write_text("{}")
        assert store.find("member", KEY) is None
        assert store.entries("member") == []
    assert store.find("member", KEY) is not None


def test_nothing_remains_of_a_write_that_raised(store):
    def interrupted():
        with store.write("member", KEY, {}) as directory:
            (directory / "half").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list((store.root / "member").iterdir()) == []


def test_manifest_names_inputs_and_hashes(store):
    manifest = json.loads((write(store) / "manifest.json").read_text())
    assert manifest["inputs"] == {"seed": 1}
    assert manifest["files"]["facts.json"] == {
        # sha256sum of the two characters {}
        "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "bytes": 2,
    }


def edit(path):
    weights = path / "model" / "weights.bin"
    weights.write_bytes(b"WEIGHTS")


def truncate(path):
    os.truncate(path / "model" / "weights.bin", 3)


def empty(path):
    os.truncate(path / "facts.json", 0)


def remove(path):
    (path / "facts.json").unlink()


def add(path):
    (path / "model" / "extra.py").write_text("")


def link_outside(path):
    copy = path.parents[2] / "elsewhere"
    shutil.move(path / "facts.json", copy)
    (path / "facts.json").symlink_to(copy)


def link_folder(path):
    copy = path.parents[2] / "elsewhere"
    shutil.move(path / "model", copy)
    (path / "model").symlink_to(copy)


def truncate_manifest(path):
    os.truncate(path / "manifest.json", 40)


def empty_manifest(path):
    os.truncate(path / "manifest.json", 0)


def remove_manifest(path):
    (path / "manifest.json").unlink()


def alter_manifest(path):
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 1', '"seed": 2'))


def foreign_schema(path):
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema": 1', '"schema": 99'))


def no_object(path):
    (path / "manifest.json").write_text("[]")


def pipe(path):
    (path / "facts.json").unlink()
    os.mkfifo(path / "facts.json")


def become_file(path):
    shutil.rmtree(path)
    path.write_text("")


def become_link(path):
    copy = path.parents[2] / "elsewhere"
    shutil.move(path, copy)
    path.symlink_to(copy)


def dangle(path):
    shutil.rmtree(path)
    path.symlink_to("nowhere")


def exchange(path):
    other = path.with_name("ffff")
    shutil.copytree(path, other)
    shutil.rmtree(path)
    other.rename(path.with_name(KEY))
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(KEY, "ffff"))


DAMAGES = [
    edit,
    truncate,
    empty,
    remove,
    add,
    link_outside,
    link_folder,
    truncate_manifest,
    empty_manifest,
    remove_manifest,
    alter_manifest,
    foreign_schema,
    no_object,
    pipe,
    become_file,
    become_link,
    dangle,
    exchange,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entry_is_moved_aside_with_a_warning(store, caplog, damage):
    damage(write(store))
    with caplog.at_level(logging.WARNING):
        assert store.find("member", KEY) is None
    assert caplog.records[0].message.startswith(f"Not using {store.path('member', KEY)}: ")
    assert [name for name in hidden(store) if name.startswith(f".damaged-{KEY}-")]
    assert not os.path.lexists(store.path("member", KEY))


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entry_is_written_anew(store, damage):
    damage(write(store))
    write(store, "new weights")
    assert (store.path("member", KEY) / "model" / "weights.bin").read_text() == "new weights"
    assert store.find("member", KEY) is not None


def test_an_empty_folder_in_the_entrys_place_is_replaced(store):
    store.path("member", KEY).mkdir(parents=True)
    write(store)
    assert store.find("member", KEY) is not None


def test_first_of_two_writers_wins(store):
    with store.write("member", KEY, {}) as second:
        (second / "who").write_text("second")
        with store.write("member", KEY, {}) as first:
            (first / "who").write_text("first")
    assert (store.path("member", KEY) / "who").read_text() == "first"
    assert hidden(store) == []


WRITER = """
    import sys, pathlib
    from ripieno.runtime.store import Store
    store = Store(pathlib.Path(sys.argv[1]))
    for key in map(str, range(20)):
        with store.write("member", key, {}) as directory:
            (directory / "weights").write_bytes(sys.argv[2].encode() * 100_000)
        assert store.find("member", key) is not None
"""


def test_many_processes_write_the_same_keys_at_once(store):
    writers = [python(WRITER, store.root, letter) for letter in "abcd"]
    for writer in writers:
        writer.communicate(timeout=200)
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert len(store.entries("member")) == 20
    assert hidden(store) == []
    for entry in store.entries("member"):
        assert store.find("member", entry.key) is not None
        assert len(set((entry.path / "weights").read_bytes())) == 1


KILLED = """
    import sys, pathlib, time
    from ripieno.runtime.store import Store
    with Store(pathlib.Path(sys.argv[1])).write("member", sys.argv[2], {}) as directory:
        (directory / "half").write_text("half")
        print("writing", flush=True)
        time.sleep(60)
"""


def test_what_a_killed_writer_left_is_swept_by_the_next(store):
    with python(KILLED, store.root, KEY) as writer:
        assert writer.stdout.readline() == b"writing\n"
        writer.kill()
    assert len(hidden(store)) == 1
    assert store.find("member", KEY) is None
    write(store)
    assert hidden(store) == []


def test_what_a_living_writer_writes_is_not_swept(store):
    with python(KILLED, store.root, KEY) as writer:
        assert writer.stdout.readline() == b"writing\n"
        write(store, key="other")
        assert len(hidden(store)) == 1
        writer.kill()


def test_store_and_kind_may_be_links(store, tmp_path):
    (tmp_path / "large disk" / "members").mkdir(parents=True)
    store.root.symlink_to(tmp_path / "large disk")
    (store.root / "member").symlink_to("members")
    assert store.find("member", write(store).name) is not None


def test_a_link_in_an_artefact_is_refused(store, tmp_path):
    with (
        pytest.raises(ValueError, match="model is not a plain file"),
        store.write("member", KEY, {}) as directory,
    ):
        (directory / "model").symlink_to(tmp_path)
    assert list((store.root / "member").iterdir()) == []


def test_a_manifest_of_ones_own_is_refused(store):
    with (
        pytest.raises(ValueError, match=r"no file named manifest\.json"),
        store.write("member", KEY, {}) as directory,
    ):
        (directory / "manifest.json").write_text("{}")


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a b"])
def test_kind_and_key_are_plain_names(store, name):
    with pytest.raises(ValueError, match="Expected a name"):
        store.path("member", name)
    with pytest.raises(ValueError, match="Expected a name"):
        store.path(name, KEY)


def test_entries_are_listed_with_what_made_them(store):
    write(store)
    (store.root / "member" / "foreign").mkdir()
    (entry,) = store.entries("member")
    assert (entry.key, entry.inputs, entry.n_bytes) == (KEY, {"seed": 1}, len("weights") + 2)
    assert store.entries("data") == []


def test_a_store_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "store")
    with pytest.raises(DiskError, match="Not a directory") as error:
        write(store)
    assert str(error.value).startswith(f"Cannot write to {store.root}: ")
    assert "\n" not in str(error.value)


def test_a_read_only_place_is_one_line():
    with pytest.raises(DiskError, match="Cannot write to /proc/store: "):
        write(Store(Path("/proc/store")))


FULL = """
    import pathlib, resource, signal, sys
    import numpy as np
    from ripieno.runtime.store import DiskError, Store
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        with Store(pathlib.Path(sys.argv[1])).write("data", "key", {}) as directory:
            (directory / "images.npy").write_bytes(bytes(100_000))
    except DiskError as error:
        print(error)
"""


def test_a_file_too_large_for_the_disk_is_one_line_and_nothing_remains(store):
    told = python(FULL, store.root).communicate(timeout=200)[0].decode()
    assert told == (
        f"Cannot write to {store.root}: File too large. Make room or mend its permissions, "
        "or choose another workspace.\n"
    )
    assert list((store.root / "data").iterdir()) == []


def test_a_missing_file_of_the_caller_is_not_blamed_on_the_disk(store, tmp_path):
    with pytest.raises(FileNotFoundError), store.write("member", KEY, {}):
        (tmp_path / "no such data").read_bytes()


def test_verification_reads_every_byte(store):
    path = write(store, "x" * 1_000_000)
    weights = path / "model" / "weights.bin"
    before = weights.stat()
    with weights.open("r+b") as file:
        file.seek(777_777)
        file.write(b"y")
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.find("member", KEY) is None


def test_a_damaged_entry_that_cannot_be_moved_is_still_not_used(store, caplog, monkeypatch):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    path = write(store)
    edit(path)
    path.parent.chmod(0o555)
    try:
        assert store.find("member", KEY) is None
        assert "cannot move it" in caplog.text
        with pytest.raises(DiskError):
            write(store)
    finally:
        path.parent.chmod(0o755)


def test_finished_entry_has_the_usual_permissions(store):
    mask = os.umask(0)
    os.umask(mask)
    assert write(store).stat().st_mode & 0o777 == 0o777 & ~mask


def test_entry_tells_when_it_was_made(store):
    write(store)
    (entry,) = store.entries("member")
    year = time.gmtime().tm_year
    assert entry.created.startswith(f"{year}-")
    assert entry.created.endswith("+00:00")
