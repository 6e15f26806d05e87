import os

import pytest

from ripieno.errors import ConfigurationError
from ripieno.runtime.cores import n_workers, quotas, usable_cores


def groups(tmp_path, own, **files):
    for name, text in files.items():
        path = tmp_path / "cgroup" / name.replace("__", "/").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "own").write_text(own)
    return list(quotas(tmp_path / "cgroup", tmp_path / "own"))


def test_auto_is_one_a_usable_core():
    assert n_workers("auto") == usable_cores() <= len(os.sched_getaffinity(0))


def test_a_number_is_taken_as_it_is():
    assert n_workers(7) == 7


@pytest.mark.parametrize("setting", [0, -1, True, "many", 2.5])
def test_anything_else_is_a_mistake(setting):
    with pytest.raises(ConfigurationError, match="expected 'auto' or an integer > 0"):
        n_workers(setting)


def test_affinity_counts():
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_version_2_limits_count_at_every_level(tmp_path):
    found = groups(
        tmp_path,
        "0::/pod/box\n",
        pod__box__cpuDOTmax="max 100000\n",
        pod__cpuDOTmax="150000 100000\n",
        cpuDOTmax="400000 100000\n",
    )
    assert found == [1.5, 4.0]


def test_version_1_limits_count(tmp_path):
    files = {"cpu,cpuacct__box__cpuDOTcfs_quota_us": "50000\n"}
    files["cpu,cpuacct__box__cpuDOTcfs_period_us"] = "100000\n"
    assert groups(tmp_path, "3:cpu,cpuacct:/box\n2:memory:/box\n", **files) == [0.5]


def test_no_limit_is_none(tmp_path):
    files = {"cpu__cpuDOTcfs_quota_us": "-1\n", "cpu__cpuDOTcfs_period_us": "100000\n"}
    assert groups(tmp_path, "3:cpu:/\n0::/\n", **files) == []


def test_a_system_without_control_groups_sets_no_limit(tmp_path):
    assert list(quotas(tmp_path, tmp_path / "none")) == []
