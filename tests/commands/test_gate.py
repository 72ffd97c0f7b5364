"""``mltest gate`` over evidence that holds its committed files: decided again, in the words of the screen."""

from __future__ import annotations

import json

import pytest

from mltest.cli import main
from mltest.evidence.canonical import canonical, digest
from mltest.evidence.store import write_run
from mltest.policy.gate import headline
from tests.policy.locked_sample import Sample, entry, record, waivers

AUC = entry("test_auc#roc_auc")


@pytest.fixture
def evidence(tmp_path):
    """Writes a sample as the folder of a run; ``stored`` is what the session is said to have decided."""

    def of(sample, stored=None):
        sample.run["inputs"] = {role: digest(data) for role, data in sample.files.items()}
        objects = {"plan": sample.plan, "run": sample.run, "results": sample.results}
        objects["verdict"] = stored or sample.verdict()
        folder = tmp_path / "run"
        encoded = {name: canonical(found) for name, found in objects.items()}
        write_run(folder, encoded, {digest(data): data for data in sample.files.values()})
        return str(folder)

    return of


def waived(**change):
    sample = Sample(AUC, records=[record(AUC, "failed", value=0.74)]).approve()
    sample.files["waivers"] = waivers(**change)
    return sample


def test_a_waiver_kept_in_the_evidence_counts(evidence, capsys):
    assert main(["gate", evidence(waived())]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Gate: allow, with conditions (1)"
    assert said[1] == f"  waived       failed, waived by W-2026-014 until 2027-01-31  {AUC['id']}"
    assert said[2].startswith("  grade        E2, limited by: approval not signed, waiver W-2026-014 not signed")
    assert said[3].startswith("  root         sha256:")


def test_a_waiver_that_does_not_hold_is_named_beside_the_failure(evidence, capsys):
    assert main(["gate", evidence(waived(expires="2026-11-20"))]) == 1
    said = capsys.readouterr().out
    assert said.startswith("Gate: block (1)\n")
    assert "waiver W-2026-014 does not hold: MLW07 expires 2026-11-20 is in the past" in said


def test_json_is_one_object_and_the_text_goes_beside_it(evidence, capsys):
    assert main(["gate", "--json", evidence(waived())]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert told.out == canonical(found).decode() + "\n"
    assert (found["gate"], found["stored"], found["grade"]) == ("allow_conditional", "allow_conditional", "E2")
    assert found["headline"] == headline(found) == told.err.splitlines()[0]
    assert [row["id"] for row in found["waivers"]] == ["W-2026-014"]


def test_no_decision_is_no(evidence, capsys):
    sample = waived()
    sample.run["plan_status"] = "differs"
    assert main(["gate", evidence(sample)]) == 1
    assert capsys.readouterr().out.startswith("Gate: no decision (exploratory)\n  MLP02        plan differs")


def test_the_stored_decision_is_not_trusted(evidence, capsys):
    blocked = Sample(AUC, records=[record(AUC, "failed")])
    assert main(["gate", evidence(blocked, {"gate": "allow"})]) == 1
    assert "the evidence says allow, but its results come to block" in capsys.readouterr().err


def test_a_committed_file_with_mistakes_is_unreadable_evidence(evidence, capsys):
    sample = Sample(AUC)
    sample.files["waivers"] = b"oops"
    assert main(["gate", evidence(sample, {"gate": "allow"})]) == 3
    assert "MLW01 waivers.toml line 1" in capsys.readouterr().err


def test_many_reasons_are_cut(evidence, capsys):
    planned = [entry(f"test_{at:02}#roc_auc") for at in range(30)]
    main(["gate", evidence(Sample(*planned, records=[record(found, "failed") for found in planned]))])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Gate: block (30)"
    assert "  and 10 more" in said
