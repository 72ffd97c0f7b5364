"""Marks that name controls: checked when tests are collected, kept by their canonical id, judged in the verdict."""

from __future__ import annotations

import pytest

from mltest.policy.controls import recorded_catalogue

TEST = """
import mltest, pytest

@pytest.mark.mltest(controls={controls})
def test_a():
    mltest.require(1, at_most=2, name="a")
"""
OWN = (
    "framework,framework_version,control_id,title,what_it_asks,check_kinds,strength,applies_from,source\n"
    "Acme Model Policy,3,MP 4(b),Losses are stable,Show that losses hold.,model.performance,partial,,Acme 3\n"
)
ATTESTED = """
schema = "mltest/manual-controls/v1"
[[attestation]]
control = "eu-ai-act:14.11"
statement = "Oversight procedure OP-7 exercised"
by = "k.ito"
at = 2026-10-30T10:00:00Z
expires = 2027-10-30
"""


@pytest.mark.parametrize("first", ["", "--mltest-report=out"])
def test_an_unknown_control_stops_the_session_and_names_the_nearest(project, first):
    made = project({"test_x.py": TEST.format(controls=["eu-ai-act:15.11"])})
    run = made.run(*filter(None, [first]))
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    text = "\n".join([*run.result.outlines, *run.result.errlines])
    assert (
        "test_x.py::test_a: mark mltest: no control 'eu-ai-act:15.11' in the catalogue; nearest is 'eu-ai-act:15.1'"
        in text
    )


def test_the_plan_holds_canonical_ids_and_the_verdict_the_rows(project):
    run = project({"test_x.py": TEST.format(controls=["eu-ai-act:15.1", "EU AI Act/Art. 15(1)"])}).run()
    assert run.object("plan")["checks"][0]["controls"] == ["EU AI Act/Art. 15(1)"]
    rows = {row["control_id"]: row for row in run.object("verdict")["controls"]}
    assert {row["framework"] for row in rows.values()} == {"EU AI Act"}
    assert len(rows) == 59
    assert (rows["Art. 15(1)"]["grade"], rows["Art. 15(1)"]["counts"]["passed"]) == ("partial", 1)
    assert rows["Art. 15(4)"]["grade"] == "untested"


def test_a_run_without_controls_has_no_rows_and_keeps_no_catalogue(project):
    run = project({"test_x.py": TEST.format(controls=[])}).run()
    assert (run.object("verdict")["controls"], run.object("run")["inputs"]["controls"]) == ([], None)


def test_an_own_catalogue_and_the_frameworks_to_show(project):
    settings = '[tool.mltest]\ncontrols = "acme.csv"\nframeworks = ["acme-model-policy", "ml-test-score"]\n'
    files = {
        "test_x.py": TEST.format(controls=["acme-model-policy:mp-4.b"]),
        "acme.csv": OWN,
        "pyproject.toml": settings,
    }
    run = project(files).run()
    rows = run.object("verdict")["controls"]
    assert {row["framework"]: row["grade"] for row in rows if row["grade"] == "partial"} == {
        "Acme Model Policy": "partial"
    }
    assert len(rows) == 29
    kept = run.object("run")["inputs"]["controls"].removeprefix("sha256:")
    known = recorded_catalogue((run.folder / "blobs" / kept).read_bytes())
    assert known.frameworks == ("ML Test Score", "Acme Model Policy")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("acme.csv", OWN.replace("partial", "dircet"), "acme.csv:2: strength 'dircet'; nearest is 'direct'"),
        ("pyproject.toml", '[tool.mltest]\nframeworks = ["eu-ai-ct"]\n', "nearest is 'eu-ai-act'"),
        ("manual_controls.toml", ATTESTED, "manual_controls.toml: attestation 1: no control 'eu-ai-act:14.11' in the"),
    ],
)
def test_a_mistake_in_a_committed_file_stops_the_session(project, file, text, message):
    settings = '[tool.mltest]\ncontrols = "acme.csv"\n'
    files = {"test_x.py": TEST.format(controls=["gdpr:5.2"]), "acme.csv": OWN, "pyproject.toml": settings, file: text}
    run = project(files).run()
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in "\n".join([*run.result.outlines, *run.result.errlines])
