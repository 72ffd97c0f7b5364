"""What two runs found otherwise, with its noise; runs without a lock; the form for the page; trends over many."""

from __future__ import annotations

import json
import math

import pytest
from scipy import special

from mltest.evidence.canonical import canonical, digest_of
from mltest.policy.change import changes
from mltest.policy.change_estimates import student_p
from mltest.policy.change_runs import Side, compared, report_changes
from mltest.policy.trend import mann_kendall_p, trend_of, trend_over
from mltest.report.change_text import change_markdown, change_text
from mltest.report.trend_text import trend_text
from tests.harness import bundle
from tests.policy.change_plans import ID, entry, plan, record, results

LOOSE = {"threshold": {"kind": "literal", "value": 0.75}, "demands": {"at_least": 0.75}}


def evidence(*records, asked=None, day=1, locked=True, **run):
    whole = asked or plan()
    described = {
        "run_id": f"01k{day:023}",
        "lock_digest": digest_of(whole) if locked else None,
        "clock": {"finished": f"2026-11-{day:02}T10:00:00.000Z"},
        "source": {"commit": f"{day:040x}"},
        "subjects": [{"name": "model", "role": "candidate", "digest": f"sha256:{day}"}],
        "data_seen": [],
        "environment": {"python": "3.12.7", "packages": [["numpy", "2.1.3"]]},
        "inputs": {},
    }
    objects = {"plan": whole, "run": described | run, "results": results(*records), "verdict": {"gate": "allow"}}
    return bundle(objects)


def found(old, new):
    return changes(plan(), plan(), old_results=results(*old), new_results=results(*new))


@pytest.mark.parametrize(
    ("measured", "answer"),
    [((0.70, 0.66, 0.74), "yes"), ((0.77, 0.74, 0.80), "undecided"), ((0.85, 0.80, 0.90), "no")],
)
def test_whether_the_old_limit_would_have_failed(measured, answer):
    [line] = changes(plan(), plan(entry(**LOOSE)), new_results=results(record(*measured)))
    assert line["effect"].startswith(f"would the old limit have failed today? {answer}: {measured[0]:.4g} (")


def test_the_effect_of_a_slice_is_that_of_its_own_measurement():
    parts = [
        {"name": "roc_auc", "slice": f"region={name}", "value": value, "low": value, "high": value}
        for name, value in (("north", 0.25), ("south", 0.9))
    ]
    old, new = (entry(demands={"at_least": {"north": value, "south": 0.1}}) for value in (0.3, 0.2))
    judged = record(measurements=parts, verdicts=["passed", "passed"])
    [line] = changes(plan(old), plan(new), new_results=results(judged))
    assert "yes: 0.25" in line["effect"]


def test_what_a_removed_check_had_found():
    [line] = changes(
        plan(entry(), entry("t.py::b#c:m")), plan(entry("t.py::b#c:m")), old_results=results(record(verdict="failed"))
    )
    assert line["effect"] == "last run: failed, roc_auc 0.8"


def test_verdicts_that_changed_worse_first():
    other = {"id": "a#c:m", "inputs": {}, "measurements": [], "value": None}
    old = [record(), record(verdict="failed", **other)]
    new = [record(verdict="inconclusive"), record(verdict="passed", **other)]
    assert [(line["rank"], line["toward"], line["new"]) for line in found(old, new)] == [
        (11, "worse", "inconclusive"),
        (11, "better", "passed"),
    ]
    assert found(old, old) == []


def test_a_check_that_did_not_run_any_more_is_told():
    new = results(not_run=(ID,))
    [line] = changes(plan(), plan(), old_results=results(record()), new_results=new)
    assert (line["old"], line["new"], line["toward"]) == ("passed", "not run", "worse")
    assert "skipped" in line["text"]


def test_the_worst_attempt_counts():
    new = [record(verdict="failed"), record(attempt=2)]
    assert [line["new"] for line in found([record()], new)] == ["failed"]


def test_an_estimate_within_its_noise_is_no_line():
    assert found([record(0.80, 0.77, 0.83)], [record(0.79, 0.76, 0.82)]) == []


def test_an_estimate_beyond_its_noise_is_told_with_its_method():
    [line] = found([record(0.80, 0.78, 0.82)], [record(0.70, 0.68, 0.72)])
    assert (line["rank"], line["field"], line["toward"]) == (12, "roc_auc", "worse")
    assert line["method"] == "facing bounds, same rows: conservative"
    assert (line["old_interval"], line["new_interval"]) == ([0.78, 0.82], [0.68, 0.72])
    canonical(line)


def test_bounds_are_recovered_as_standard_errors():
    [line] = found([record(0.80, 0.78, 0.82)], [record(0.75, 0.73, 0.77)])
    spread = 0.02 * math.sqrt(2) / special.ndtri(0.95)
    assert line["p"] == pytest.approx(2 * special.ndtr(-0.05 / spread), rel=1e-9)


def measured(value, se, df=None):
    part = {
        "name": "m",
        "value": value,
        "low": 0,
        "high": 1,
        "confidence": 0.95,
        "method": "hall_t",
        "scale": "identity",
    }
    return record(measurements=[{**part, "se": se, "df": df, "n": 30}], inputs={"data": f"sha256:{value}"})


def test_standard_errors_are_compared_by_welch():
    [line] = found([measured(1.0, 0.3, 29)], [measured(3.0, 0.4, 19)])
    df = (0.09 + 0.16) ** 2 / (0.09**2 / 29 + 0.16**2 / 19)
    assert line["p"] == pytest.approx(2 * special.stdtr(df, -4.0), rel=1e-9)
    assert "Welch" in line["method"]


@pytest.mark.parametrize("df", [1, 2.5, 10, 200, 1e5])
@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, 2.5, 8.0])
def test_student(t, df):
    assert student_p(t, df) == pytest.approx(2 * special.stdtr(df, -t), rel=1e-7)


def test_many_metrics_are_corrected_for():
    def many(shift):
        first = record(0.8 - shift, 0.77 - shift, 0.83 - shift, id="t.py::t0#c:m", inputs={})
        return [first, *(record(id=f"t.py::t{at}#c:m", inputs={}) for at in range(1, 100))]

    alone = found(many(0)[:1], many(0.055)[:1])
    assert [line["rank"] for line in alone] == [12]
    assert found(many(0), many(0.055)) == []
    [line] = found(many(0), many(0.2))
    assert "Holm over 100" in line["text"]


def test_a_count_has_no_noise():
    def counted(value):
        return record(
            measurements=[{"name": "broken", "value": value, "low": value, "high": value, "method": "census"}]
        )

    assert found([counted(0)], [counted(0)]) == []
    [line] = found([counted(0)], [counted(2)])
    assert line["method"] == "counted, not estimated"


def test_the_same_inputs_that_give_another_value_were_not_reproduced():
    inputs = {"data": "sha256:d", "model": "sha256:m"}
    [line] = found([record(0.80, inputs=inputs)], [record(0.801, inputs=inputs)])
    assert line["method"] == "the same inputs gave another value"


def test_runs_without_a_lock_are_compared_by_what_their_records_demanded():
    node = ID.partition("#")[0]
    test = {"id": node, "nodeid": node, "kind": "test", "severity": "block", "required": True, "source": {}}
    demand = {"metric": "roc_auc", "comparison": "at_least", "limit": 0.6}
    old = evidence(record(), asked=plan(test), locked=False)
    new = evidence(record(requirement=demand), asked=plan(test), locked=False)
    [line] = report_changes(new, old)["lines"]
    assert (line["kind"], line["id"], line["old"], line["new"]) == ("threshold_loosened", ID, 0.7, 0.6)
    skipped = evidence(asked=plan(test), locked=False)
    skipped["results"]["not_run"] = [{"id": node, "reason": "skipped", "detail": ""}]
    [line] = report_changes(skipped, old)["lines"]
    assert (line["kind"], line["new"]) == ("verdict_changed", "not run")


def test_a_lock_beside_a_run_without_one_compares_what_both_know():
    node = ID.partition("#")[0]
    test = {"id": node, "nodeid": node, "kind": "test", "severity": "block", "required": True, "required_by": "mark"}
    test |= {name: entry()[name] for name in ("source", "controls", "reruns", "rerun_rule")}
    baseline = {"name": "production", "role": "baseline", "digest": "sha256:b1"}
    run = evidence(record(), asked=plan({**test, "inline": True}), locked=False, subjects=[baseline])
    found = compared(Side("plan.lock", plan(entry(confidence=None, min_n=None))), Side("run", run["plan"], run))
    assert [line["kind"] for line in found["lines"]] == ["threshold_loosened"]


def test_the_form_for_the_page():
    new = evidence(record(0.7, 0.68, 0.72), asked=plan(entry(**LOOSE)), day=2)
    new["run"]["environment"]["packages"] = [["numpy", "2.2.0"]]
    told = report_changes(new, evidence(record(0.8, 0.78, 0.82)))
    canonical(told)
    assert [group["key"] for group in told["groups"]] == ["loosened", "unordered", "estimates"]
    assert told["groups"][1]["lines"][0]["text"] == "environment: numpy 2.1.3 -> 2.2.0"
    assert told["subjects"] == [{"name": "model", "old": "sha256:1", "new": "sha256:2"}]
    assert told["counts"] == {"loosened": 1, "other": 2, "tightened": 0}
    assert told["old"]["finished"] == "2026-11-01T10:00:00.000Z"
    text, comment = change_text(told), change_markdown(told)
    assert text.index("Loosened or removed") < text.index("Changes that have no order")
    assert max(map(len, text.splitlines())) <= 100
    assert "threshold &gt;=" in comment or "threshold >= 0.78" in comment


def test_text_of_a_plan_cannot_act_as_markup_or_on_a_terminal():
    hostile = "tests/t.py::t[<img src=x>|@all`\x1b[31m]#c:m"
    told = compared(Side("a", plan()), Side("b", plan(entry(), entry(hostile))))
    assert "\x1b" not in change_text(told)
    comment = change_markdown(told)
    assert "<img" not in comment
    assert "@all" not in comment
    assert "\x1b" not in comment


def series(values, verdicts=None):
    verdicts = verdicts or ["passed"] * len(values)
    return [
        (f"run {at}", evidence(record(value, value - 0.02, value + 0.02, verdict=word), day=at + 1))
        for at, (value, word) in enumerate(zip(values, verdicts, strict=True))
    ]


def test_a_steady_metric_has_no_points():
    told = trend_over(series([0.80, 0.81, 0.79, 0.80, 0.805, 0.80, 0.795]))
    assert told["points"] == []
    [check] = told["checks"]
    assert (check["id"], check["better"], len(check["series"])) == (ID, "higher", 7)
    assert check["series"][0] == {
        "run": 0,
        "time": "2026-11-01T10:00:00.000Z",
        "value": 0.80,
        "low": 0.78,
        "high": 0.8200000000000001,
        "verdict": "passed",
        "limit": 0.7,
        "commit": f"{1:040x}",
    }
    assert "nothing changed for good" in trend_text({**told, "unreadable": []})


def test_a_drift_within_each_step_is_seen_over_the_runs():
    told = trend_over(series([0.80 - 0.003 * at for at in range(10)]))
    [drift] = [point for point in told["points"] if point["kind"] == "drift"]
    assert (drift["toward"], drift["slope"]) == ("worse", pytest.approx(-0.003))
    canonical(told)


def test_flips_are_told_with_their_run():
    told = trend_over(series([0.8] * 4, ["passed", "failed", "failed", "passed"]))
    assert [(point["run"], point["toward"]) for point in told["points"]] == [(1, "worse"), (3, "better")]


def test_mann_kendall_with_ties():
    # Gilbert (1987), Statistical Methods for Environmental Pollution Monitoring: variance with ties
    values = [1, 2, 2, 3, 4, 4, 4, 5]
    variance = (8 * 7 * 21 - 2 * 1 * 9 - 3 * 2 * 11) / 18
    assert mann_kendall_p(values) == pytest.approx(2 * special.ndtr(-(24 - 1) / math.sqrt(variance)))


def write(folder, whole):
    folder.mkdir(parents=True)
    for name in ("plan", "run", "results", "verdict", "root"):
        (folder / f"{name}.json").write_bytes(canonical(whole[name]))


@pytest.mark.parametrize("url", [False, True], ids=["folder", "url"])
def test_the_last_runs_of_a_store_are_read_and_what_is_broken_is_named(tmp_path, url):
    for at in range(1, 6):
        whole = evidence(record(), day=at)
        write(tmp_path / "pd" / "2026" / "11" / whole["run"]["run_id"], whole)
    (tmp_path / "pd" / "2026" / "11" / "01k99").mkdir()
    (tmp_path / "pd" / "2026" / "11" / "01k99" / "root.json").write_text("{")
    (tmp_path / "evidence.json").write_bytes(canonical(evidence(record(), day=9)))
    (tmp_path / "notes.json").write_text("not a run")
    told = trend_of([tmp_path.as_uri() if url else tmp_path], last=3)
    assert [run["finished"][8:10] for run in told["runs"]] == ["04", "05", "09"]
    [broken] = told["unreadable"]
    assert broken["place"].endswith("01k99")
    json.dumps(told)
