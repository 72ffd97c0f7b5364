from __future__ import annotations

import pytest

from mltest.errors import UsageError
from mltest.policy.settings import KEYS, read_settings


def write(tmp_path, text, name="pyproject.toml"):
    (tmp_path / name).write_text(text)
    return tmp_path


def test_defaults_without_a_file(tmp_path):
    settings = read_settings(tmp_path)
    assert (settings.source, settings.seed, settings.inconclusive, dict(settings.artifacts)) == (None, 0, "fail", {})
    assert settings.ledger is None


def test_settings_of_pyproject(tmp_path):
    text = '[tool.mltest]\nreport = "reports"\nseed = 17\n[tool.mltest.artifacts]\nmodel = "m.skops"\n'
    settings = read_settings(write(tmp_path, text))
    assert (settings.report, settings.seed, settings.artifacts["model"]) == ("reports", 17, "m.skops")


def test_a_ledger_is_a_path_beside_the_settings(tmp_path):
    text = '[tool.mltest]\nledger = "mltest-ledger.jsonl"\n'
    assert read_settings(write(tmp_path, text)).ledger == "mltest-ledger.jsonl"
    with pytest.raises(UsageError, match="ledger = 3: allowed is a text"):
        read_settings(write(tmp_path, "[tool.mltest]\nledger = 3\n"))


def test_own_file_has_the_same_keys(tmp_path):
    settings = read_settings(write(tmp_path, 'seed = 3\n[artifacts]\na = "b.csv"\n', "mltest.toml"))
    assert (settings.seed, settings.artifacts["a"]) == (3, "b.csv")


def test_both_files_are_refused(tmp_path):
    write(tmp_path, "[tool.mltest]\nseed = 3\n")
    write(tmp_path, "seed = 3\n", "mltest.toml")
    with pytest.raises(UsageError, match="both"):
        read_settings(tmp_path)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_has_a_nearest_for_a_slip(tmp_path, key):
    slip = key[:-2] + key[-1]
    with pytest.raises(
        UsageError, match=rf"pyproject.toml:2 \[tool.mltest\]: unknown key '{slip}'; nearest is '{key}'"
    ):
        read_settings(write(tmp_path, f"[tool.mltest]\n{slip} = 1\n"))


def test_every_mistake_at_once_each_with_its_line(tmp_path):
    text = '[tool.other]\nx = 1\n\n[tool.mltest]\nseed = -1\ninconclusive = "maybe"\nreprot = "r"\n'
    with pytest.raises(UsageError) as caught:
        read_settings(write(tmp_path, text))
    assert str(caught.value).splitlines() == [
        "pyproject.toml:5 [tool.mltest]: seed = -1: allowed is a whole number from 0 to 2**53 - 1",
        "pyproject.toml:6 [tool.mltest]: inconclusive = 'maybe': allowed is 'fail' or 'warn'",
        "pyproject.toml:7 [tool.mltest]: unknown key 'reprot'; nearest is 'report'",
    ]


def test_broken_toml_is_said_plainly(tmp_path):
    with pytest.raises(UsageError, match=r"pyproject.toml is not valid TOML: .*line 2"):
        read_settings(write(tmp_path, "[tool.mltest]\nseed = \n"))
