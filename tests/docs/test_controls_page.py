"""docs/controls.md is what ``python docs/write_controls_page.py`` writes, and what it shows is true."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from mltest.policy.control_coverage import GRADES
from mltest.policy.controls import canonical_id, catalogue, refuse_unknown
from mltest.policy.manual_controls import read_attestations

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "controls.md").read_text(encoding="utf-8")


def test_page_is_up_to_date() -> None:
    assert runpy.run_path(str(DOCS / "write_controls_page.py"))["page"]() == TEXT
    assert not re.findall(r"@[A-Z]+@", TEXT)


def test_every_framework_and_every_grade_is_explained() -> None:
    assert not [name for name in catalogue().frameworks if f"| {name} |" not in TEXT]
    assert not [grade for grade in GRADES if not re.search(rf"^\| .*\b{grade}\b", TEXT, flags=re.MULTILINE)]


def test_ids_of_the_page_are_known() -> None:
    written = re.findall(r"\"((?:eu-ai-act|ml-test-score):[^\"]+|EU AI Act/[^\"]+)\"", TEXT)
    written += re.findall(r"`(eu-ai-act:[^`]+|EU AI Act/[^`]+)`", TEXT)
    assert len(written) > 5
    assert {canonical_id(text) for text in written} >= {"EU AI Act/Art. 15(1)", "EU AI Act/Art. 14(1)"}


def test_the_own_catalogue_of_the_page_is_read() -> None:
    sample = re.search(r"```text\n(framework,.*?)```", TEXT, flags=re.DOTALL)
    assert sample is not None
    assert catalogue(sample[1].encode(), "acme.csv").find("acme-model-policy:mp-4.b").own


def test_the_attestation_of_the_page_is_read() -> None:
    sample = re.search(r"```toml\n(# manual_controls.toml\n.*?)```", TEXT, flags=re.DOTALL)
    assert sample is not None
    (entry,) = read_attestations(sample[1].encode())
    refuse_unknown(catalogue(), [entry])
    assert entry["by"] == "k.ito"
