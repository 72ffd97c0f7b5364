"""``mltest diff`` on locks and runs, as a pipeline calls it."""

from __future__ import annotations

import json
import subprocess

import pytest

from mltest.cli import main
from mltest.evidence.canonical import canonical
from mltest.policy.plan import lock_bytes
from tests.policy.change_plans import entry, plan, record
from tests.policy.test_change_runs import LOOSE, evidence, write


@pytest.fixture
def locks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kinds = {"old": plan(), "loose": plan(entry(**LOOSE)), "strict": plan(entry(severity="block", min_n=900))}
    for name, made in kinds.items():
        (tmp_path / f"{name}.lock").write_bytes(lock_bytes(made))
    return tmp_path


@pytest.mark.parametrize(
    ("new", "options", "code"),
    [
        ("old", [], 0),
        ("loose", [], 1),
        ("strict", [], 1),
        ("loose", ["--fail-on", "loosened"], 1),
        ("strict", ["--fail-on", "loosened"], 0),
        ("loose", ["--fail-on", "removed"], 0),
        ("loose", ["--fail-on", "removed", "--fail-on", "loosened"], 1),
    ],
)
def test_exit_status(locks, new, options, code):
    assert main(["diff", "old.lock", f"{new}.lock", *options]) == code


def test_equal_locks_say_so(locks, capsys):
    main(["diff", "old.lock", "old.lock"])
    assert capsys.readouterr().out == "no difference\n"


def test_text(locks, capsys):
    main(["diff", "old.lock", "loose.lock"])
    assert capsys.readouterr().out.splitlines() == [
        "differs: 1 loosened",
        "",
        "Loosened or removed (1)",
        "  tests/test_m.py::test_auc#model.metric:roc_auc",
        "      threshold >= 0.78 -> 0.75",
    ]


def test_markdown(locks, capsys):
    main(["diff", "old.lock", "loose.lock", "--format", "markdown"])
    said = capsys.readouterr().out
    assert said.startswith("### mltest: differs: 1 loosened\n\n**Loosened or removed** (1)\n\n| check | change |\n")
    assert "model.metric:roc\\_auc | threshold >= 0.78 -> 0.75 |" in said


@pytest.mark.parametrize("words", [["--json"], ["--format", "json"]])
def test_json_is_one_canonical_object(locks, capsysbinary, words):
    main(["diff", "old.lock", "loose.lock", *words])
    said = capsysbinary.readouterr()
    found = json.loads(said.out)
    assert canonical(found) + b"\n" == said.out
    assert found["lines"][0]["kind"] == "threshold_loosened"
    assert b"differs" in said.err


@pytest.mark.parametrize("words", [[], ["old.lock"], ["--trend", ".", "old.lock"], ["--trend", ".", "--last", "1"]])
def test_usage(locks, words, capsys):
    assert main(["diff", *words]) == 2
    assert "mltest:" in capsys.readouterr().err


def test_what_cannot_be_read(locks, capsys):
    edited = (locks / "old.lock").read_text().replace("0.78", "0.5")
    (locks / "edited.lock").write_text(edited)
    for name in ("none.lock", "edited.lock"):
        assert main(["diff", "old.lock", name]) == 3
    assert "MLP04" in capsys.readouterr().err


def test_a_lock_beside_a_run_of_it(locks, capsys):
    write(locks / "run", evidence(record(0.7, 0.66, 0.74), asked=plan(entry(**LOOSE))))
    assert main(["diff", "loose.lock", "run"]) == 0
    assert main(["diff", "old.lock", "run"]) == 1
    assert "would the old limit have failed today? yes: 0.7 (0.66 to 0.74)" in capsys.readouterr().out


def test_who_changed_the_test(locks, capsys):
    def git(*words):
        who = ["-c", "user.name=K. Ito", "-c", "user.email=k@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], check=True, capture_output=True)

    (locks / "tests").mkdir()
    (locks / "tests" / "test_m.py").write_text("")
    git("init", "-q")
    git("add", "tests")
    git("commit", "-q", "-m", "one")
    main(["diff", "old.lock", "loose.lock"])
    assert "tests/test_m.py last changed by K. Ito in " in capsys.readouterr().out


def test_trend(locks, capsys):
    for at in range(1, 9):
        whole = evidence(record(0.8 - 0.01 * at, verdict="failed" if at == 8 else "passed"), day=at)
        write(locks / "runs" / whole["run"]["run_id"], whole)
    assert main(["diff", "--trend", "runs"]) == 1
    said = capsys.readouterr().out
    assert "8 runs, 2026-11-01" in said
    assert "worse: roc_auc drifts by -0.01 a run" in said
    assert main(["diff", "--trend", "runs", "--last", "3", "--fail-on", "removed"]) == 0
    assert main(["diff", "--trend", "nowhere"]) == 3
