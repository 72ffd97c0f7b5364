"""Every control has one canonical and one short id, and is found by any spelling of them."""

from __future__ import annotations

import pytest

from mltest.errors import UsageError
from mltest.policy.control_ids import control_slug, framework_slug
from mltest.policy.controls import canonical_id, catalogue

ROWS = catalogue().rows


def test_short_ids_are_unique_and_lead_back():
    known = catalogue()
    shorts = [known.short(row.id) for row in ROWS]
    assert len(set(shorts)) == len(ROWS)
    assert [canonical_id(short) for short in shorts] == [row.id for row in ROWS]


def test_canonical_ids_stand_for_themselves():
    assert [canonical_id(row.id) for row in ROWS] == [row.id for row in ROWS]
    assert [catalogue().find(row.id) for row in ROWS] == list(ROWS)


@pytest.mark.parametrize("between", [":", "/", " ", ": "])
@pytest.mark.parametrize("name", [str, framework_slug, str.upper], ids=["name", "short", "capitals"])
@pytest.mark.parametrize("control", [str, control_slug, str.lower], ids=["id", "short", "small"])
def test_any_spelling_of_any_row(name, between, control):
    spelt = [f"{name(row.framework)}{between}{control(row.control_id)}" for row in ROWS]
    assert [canonical_id(text) for text in spelt] == [row.id for row in ROWS]


def test_short_ids_hold_nothing_that_a_shell_or_a_mark_would_mind():
    shorts = "".join(catalogue().shorts)
    assert set(shorts) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.:")


@pytest.mark.parametrize(
    ("short", "canonical"),
    [
        ("ml-test-score:infra-4", "ML Test Score/Infra 4"),
        ("eu-ai-act:15.1", "EU AI Act/Art. 15(1)"),
        ("eu-ai-act:10.2.f", "EU AI Act/Art. 10(2)(f)"),
        ("eu-ai-act:annex-iv-2.a", "EU AI Act/Annex IV 2(a)"),
        ("nist-ai-rmf:measure-2.3", "NIST AI RMF/MEASURE 2.3"),
        ("iso-iec-42001:a.6.2.4", "ISO/IEC 42001/A.6.2.4"),
        ("sr-26-2:outcomes-analysis", "SR 26-2/theme:outcomes-analysis"),
        ("pra-ss1-23:1.2", "PRA SS1/23/1.2"),
        ("21-cfr-part-11:11.10.a", "21 CFR Part 11/11.10(a)"),
        ("owasp-ml-top-10:ml01-2023", "OWASP ML Top 10/ML01:2023"),
        ("fda-pccp:modification-protocol-data", "FDA PCCP/modification-protocol:data"),
        ("mas-feat:1", "MAS FEAT/1"),
    ],
)
def test_documented_forms(short, canonical):
    assert canonical_id(short) == canonical
    assert catalogue().short(canonical) == short


@pytest.mark.parametrize(
    "text", ["EU AI Act Article 15(1)", "eu-ai-act:Art 15 (1)", "eu-ai-act:Art. 15(1)", "Eu Ai Act/15.1"]
)
def test_forms_that_people_write(text):
    assert canonical_id(text) == "EU AI Act/Art. 15(1)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("eu-ai-act:15.11", "no control 'eu-ai-act:15.11' in the catalogue; nearest is 'eu-ai-act:15.1' ("),
        ("eu-ai-act:15.11", "(mltest list controls --framework eu-ai-act)"),
        ("EU AI Act/Art. 15(9)", "nearest is 'EU AI Act/Art. 15("),
        ("eu-ai-ct:15.1", "nearest is 'eu-ai-act:15.1'"),
        ("gdpr", "no control 'gdpr' in the catalogue"),
        ("acme:1", "its frameworks are 21-cfr-part-11, eu-ai-act, fda-pccp"),
        ("", "no control '' in the catalogue"),
        ("eu-ai-act:", "no control 'eu-ai-act:' in the catalogue"),
    ],
)  # fmt: skip
def test_unknown_control(text, message):
    with pytest.raises(UsageError) as wrong:
        canonical_id(text)
    assert message in str(wrong.value)
