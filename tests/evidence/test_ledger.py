from __future__ import annotations

from dataclasses import replace

import pytest

from mltest.errors import EvidenceError
from mltest.evidence.ledger import Look, append_looks, look_of, read_ledger, standing

LOOK = Look(
    time="2026-11-01T00:00:00Z",
    holdout="sha256:aa",
    check="model.metric",
    label="roc_auc",
    metric="roc_auc",
    candidate="sha256:c1",
    candidate_by="artifact",
    outcome="failed",
    estimate=0.8,
)


def look(candidate, outcome="failed", **given):
    return replace(LOOK, candidate=candidate, outcome=outcome, **given)


def record(**given):
    plain = {
        "check": "model.metric",
        "label": "roc_auc",
        "verdict": "passed",
        "value": 0.9,
        "requirement": {"metric": "roc_auc"},
        "measurements": [{"value": 0.9, "low": 0.8, "high": 0.95, "n": 100, "method": "delong_logit"}],
        "inputs": {"data": "sha256:aa", "model": "sha256:c1"},
    }
    return plain | given


def test_a_first_look_stands_alone():
    assert standing([], LOOK) == (1, 0, 1)


def test_other_candidates_count_and_the_passed_among_them():
    ledger = [look("c1"), look("c2", "passed"), look("c3", "inconclusive"), look("c4", "passed")]
    assert standing(ledger, look("new")) == (5, 2, 5)


def test_the_same_candidate_again_is_not_a_new_look():
    ledger = [look("c1"), look("c2", "passed"), look("c3")]
    assert standing(ledger, look("c2")) == (2, 0, 3)
    assert standing([*ledger, look("c2", "failed", estimate=0.7)], look("new")) == (4, 1, 4)


def test_other_metrics_and_other_holdouts_are_other_ledgers():
    ledger = [look("c1", label="recall"), look("c2", check="model.not_worse"), look("c3", holdout="sha256:bb")]
    assert standing(ledger, look("new")) == (1, 0, 1)


def test_demands_on_one_holdout_are_not_added_up():
    ledger = [look("c1", label="recall"), look("c2", label="recall"), look("c1")]
    assert standing(ledger, look("c1")) == (1, 0, 2)


def test_lines_come_back_as_they_were_written_and_only_once(tmp_path):
    path = tmp_path / "ledger" / "mltest-ledger.jsonl"
    looks = [look("c1"), look("c2", "passed", estimate=None)]
    assert append_looks(path, [], looks) == 2
    assert read_ledger(path) == looks
    again = [replace(one, time="2026-12-01T00:00:00Z") for one in looks]
    assert append_looks(path, read_ledger(path), [*again, look("c3"), look("c3")]) == 1
    assert [one.candidate for one in read_ledger(path)] == ["c1", "c2", "c3"]


def test_a_missing_last_newline_is_mended(tmp_path):
    path = tmp_path / "l.jsonl"
    append_looks(path, [], [look("c1")])
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    append_looks(path, read_ledger(path), [look("c2")])
    assert len(read_ledger(path)) == 2


def test_lines_of_a_merge_are_taken_by_time(tmp_path):
    path = tmp_path / "l.jsonl"
    append_looks(path, [], [look("late", time="2026-12-02T00:00:00Z"), look("early", time="2026-12-01T00:00:00Z")])
    assert [one.candidate for one in read_ledger(path)] == ["early", "late"]


def test_no_file_is_an_empty_ledger(tmp_path):
    assert read_ledger(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize(
    "line", [b"<<<<<<< HEAD", b"[]", b'{"schema":"mltest/look/v1"}', b'{"schema":"other", "time": 1}', b"\xff"]
)
def test_a_line_that_is_no_look_is_named(tmp_path, line):
    path = tmp_path / "l.jsonl"
    append_looks(path, [], [look("c1")])
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(EvidenceError, match="jsonl line 2"):
        read_ledger(path)


def test_a_ledger_of_another_version_is_refused(tmp_path):
    path = tmp_path / "l.jsonl"
    append_looks(path, [], [look("c1")])
    path.write_bytes(path.read_bytes().replace(b"look/v1", b"look/v9"))
    with pytest.raises(EvidenceError, match="has the schema 'mltest/look/v9'"):
        read_ledger(path)


def test_a_judged_candidate_is_a_look():
    found = look_of(record(), "now")
    assert (found.holdout, found.candidate, found.candidate_by, found.outcome, found.estimate) == (
        "sha256:aa", "sha256:c1", "artifact", "passed", 0.9,
    )  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {"requirement": None},
        {"measurements": []},
        {"verdict": "error"},
        {"inputs": {"model": "sha256:c1"}},
        {"inputs": {"train data": "sha256:aa"}},
        {"check": "data.schema"},
        {"measurements": [{"value": 3, "n": 9, "method": "census"}]},
        {"measurements": [{"value": 3, "n": 9}]},
    ],
    ids=str,
)
def test_what_judges_no_candidate_on_labelled_rows_is_no_look(given):
    assert look_of(record(**given), "now") is None


@pytest.mark.parametrize(
    ("inputs", "candidate"),
    [
        ({"data": "d", "candidate model": "m", "baseline model": "b"}, "m"),
        ({"target": "d", "candidate score": "s", "baseline prediction": "b"}, "s"),
        ({"test data": "d", "train data": "t", "model": "m"}, "m"),
    ],
)
def test_the_candidate_is_not_the_baseline(inputs, candidate):
    assert look_of(record(inputs=inputs), "now").candidate == candidate


def test_prediction_and_score_together_are_one_candidate():
    one = look_of(record(inputs={"target": "d", "score": "s", "prediction": "p"}), "now")
    other = look_of(record(inputs={"prediction": "p", "score": "s", "target": "d"}), "now")
    changed = look_of(record(inputs={"target": "d", "score": "s", "prediction": "q"}), "now")
    assert one.candidate == other.candidate != changed.candidate


def test_a_candidate_in_memory_is_told_by_what_came_out():
    one, again = (look_of(record(inputs={"data": "d"}), "now") for _ in range(2))
    other = look_of(record(inputs={"data": "d"}, measurements=[{**record()["measurements"][0], "low": 0.7}]), "now")
    assert one.candidate_by == "result"
    assert one.candidate == again.candidate != other.candidate
