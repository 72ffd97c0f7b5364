"""trust.toml, manual_controls.toml and declared.toml: read strictly, every mistake at once."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.policy.declared import Declared, compare, gate_of, read_declared
from mltest.policy.manual_controls import read_attestations
from mltest.policy.toml_places import Places
from mltest.policy.trust import keys_of, read_trust
from mltest.policy.waiver import read_waivers

KEYID = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
PUBLIC = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
TRUST = f"""schema = "mltest/trust/v1"
[[key]]
keyid = "{KEYID}"
public = "{PUBLIC}"
owner = "model-validation"
roles = ["approver", "validator"]
not_before = 2026-01-01T00:00:00Z
not_after = 2027-01-01T00:00:00Z
"""
ATTESTED = f"""schema = "mltest/manual-controls/v1"
[[attestation]]
control = "EU AI Act/Art. 14(1)"
statement = "Oversight procedure OP-7 exercised on 3 cases"
document = {{ name = "OP-7.pdf", sha256 = "{"ab" * 32}" }}
by = "k.ito"
at = 2026-10-30T10:00:00Z
expires = 2027-10-30
"""
DECLARED = """schema = "mltest/declared/v1"
[[declared]]
metric = "roc_auc"
value = 0.81
population = "region=north"
source = "instructions-for-use 2.3"
required = true
[[declared]]
metric = "brier"
value = 0
source = "instructions-for-use 2.3"
"""


def at(day: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def test_trust():
    (key,) = read_trust(TRUST.encode())
    assert (key.keyid, key.owner, key.roles, key.revoked_at) == (
        KEYID,
        "model-validation",
        ("approver", "validator"),
        None,
    )
    assert key.holds("approver", at(1))
    assert not key.holds("runner", at(1))
    assert keys_of([key], " Model-Validation", "approver", at(1)) == [key]
    assert keys_of([key], "model-validation", "quality", at(1)) == []


def test_a_key_is_good_in_its_time_only():
    text = TRUST + 'revoked_at = 2026-10-01T00:00:00Z\nreason = "left"\n'
    (key,) = read_trust(text.encode())
    assert key.problem(at(30, 9)) is None
    assert key.problem(at(1, 10)) == "revoked 2026-10-01"
    assert key.problem(datetime(2025, 12, 31, tzinfo=UTC)) == "not valid before 2026-01-01"
    (whole,) = read_trust(TRUST.encode())
    assert whole.problem(datetime(2027, 1, 1, tzinfo=UTC)) == "expired 2027-01-01"


def test_attestations():
    (found,) = read_attestations(ATTESTED.encode())
    assert found == {
        "control": "EU AI Act/Art. 14(1)",
        "statement": "Oversight procedure OP-7 exercised on 3 cases",
        "document": {"name": "OP-7.pdf", "sha256": "ab" * 32},
        "by": "k.ito",
        "at": "2026-10-30T10:00:00+00:00",
        "expires": "2027-10-30",
    }


def test_declared():
    assert read_declared(DECLARED.encode()) == (
        Declared(
            metric="roc_auc", value=0.81, population="region=north", source="instructions-for-use 2.3", required=True
        ),
        Declared(metric="brier", value=0, population="all", source="instructions-for-use 2.3", required=False),
    )


MISTAKES = [
    (
        read_trust,
        TRUST,
        "owner =",
        "ownr =",
        ["line 2: missing key `owner` in key 1", "line 5: unknown key `ownr` in key 1 (did you mean `owner`?)"],
    ),
    (
        read_trust,
        TRUST,
        '"validator"]',
        '"auditor"]',
        ["line 6: `roles` of key 1 must be a list of 'runner', 'approver', 'validator', 'quality'"],
    ),
    (read_trust, TRUST, "A6EH", "B6EH", ["line 3: keyid of key 1 is not the SHA-256 of its public key"]),
    (read_trust, TRUST, PUBLIC, "A6EH", ["line 4: `public` of key 1 must be the raw 32 bytes"]),
    (read_trust, TRUST, KEYID, KEYID[:16], ["line 3: `keyid` of key 1 must be the SHA-256"]),
    (read_trust, TRUST, "2027-01-01T00:00:00Z", "2025-01-01T00:00:00Z", ["line 3: key 1 ends before it begins"]),
    (
        read_trust,
        TRUST,
        "not_before = 2026-01-01T00:00:00Z",
        "not_before = 2026-01-01",
        ["line 7: `not_before` of key 1 must be a date and time with its zone"],
    ),
    (
        read_trust,
        TRUST,
        "[[key]]",
        TRUST.partition("\n")[2] + "[[key]]",
        ["line 10: key 2 has the keyid of key 1: keep one"],
    ),
    (read_trust, TRUST, "[[key]]", "[key]", ["trust.toml line 2: `key` is written as tables under [[key]]"]),
    (
        read_attestations,
        ATTESTED,
        "by =",
        "bye =",
        ["line 2: missing key `by`", "line 6: unknown key `bye` in attestation 1 (did you mean `by`?)"],
    ),
    (read_attestations, ATTESTED, "ab" * 32, "ab", ["line 5: `sha256` of document of attestation 1 must be a SHA-256"]),
    (
        read_attestations,
        ATTESTED,
        "name =",
        "nme =",
        ["unknown key `nme` in document of attestation 1", "missing key `name`"],
    ),
    (read_attestations, ATTESTED, "2027-10-30", "2026-10-29", ["line 8: attestation 1 expires before it was given"]),
    (
        read_declared,
        DECLARED,
        "value = 0.81",
        'value = "0.81"',
        ["line 4: `value` of declared 1 must be a finite number"],
    ),
    (
        read_declared,
        DECLARED,
        "value = 0.81",
        "value = true",
        ["line 4: `value` of declared 1 must be a finite number"],
    ),
    (read_declared, DECLARED, "value = 0.81", "value = inf", ["line 4: `value` of declared 1 must be a finite number"]),
    (
        read_declared,
        DECLARED,
        '"brier"',
        '"roc_auc"\npopulation = "region=north"',
        ["line 8: roc_auc of region=north is declared twice"],
    ),
    (read_declared, DECLARED, "declared/v1", "declared/v9", ["line 1: schema = 'mltest/declared/v9': allowed is"]),
    (read_declared, DECLARED, "value = 0.81", "value = ", ["declared.toml line 4: not valid TOML"]),
]


@pytest.mark.parametrize(("read", "text", "old", "new", "said"), MISTAKES)
def test_a_mistake_has_its_line(read, text, old, new, said):
    assert old in text
    with pytest.raises(UsageError) as caught:
        read(text.replace(old, new, 1).encode())
    lines = str(caught.value).splitlines()
    assert len(lines) == len(said), lines
    assert all(any(part in line for line in lines) for part in said), lines


NASTY = '''schema = "x" # [[waiver]]
note = """
[[waiver]]
id = "not a key"
"""
list = [
  "[waiver]", # ]
  { a = 1 },
]
'literal key' = "a = b"
"dotted.key".inner = 1
  [[  waiver  ]]  # a comment
  id = "W-1"
  check = 'it''s [not'
[[waiver]]
id = "W-2"
[waiver."bound"]
metric = "]]"
no_worse_than = 1
[[waiver]]
bound.metric = "x"
'''


def test_places_in_nasty_toml():
    text = NASTY.replace("'it''s [not'", "'its [not'")
    tomllib.loads(text)
    places = Places(text)
    expected = {
        ("schema",): 1,
        ("note",): 2,
        ("id",): 1,
        ("list",): 6,
        ("literal key",): 10,
        ("dotted.key", "inner"): 11,
        ("waiver", 0): 12,
        ("waiver", 0, "id"): 13,
        ("waiver", 0, "check"): 14,
        ("waiver", 1, "id"): 16,
        ("waiver", 1, "bound", "metric"): 18,
        ("waiver", 1, "expires"): 15,
        ("waiver", 2, "bound", "metric"): 21,
        ("waiver", 7): 12,
    }
    assert {path: places.line(path) for path in expected} == expected


def paths_of(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths_of(inner, (*path, key))
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for number, inner in enumerate(value):
            yield from paths_of(inner, (*path, number))


LINES = st.sampled_from(
    [
        "[a]",
        "[[b]]",
        "[b.c]",
        '["d.e"]',
        "f = 1",
        'g = "[h]"',
        "i = [",
        "]",
        '"j" = """',
        '"""',
        "# k = 1",
        "l.m = {n = 1}",
    ]
)


@given(st.lists(LINES, max_size=8))
def test_each_key_is_on_the_line_that_names_it(lines):
    """Whatever tomllib accepts: the line of a path holds the last of its names."""
    text = "\n".join(lines)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    places = Places(text)
    for path in paths_of(document):
        assert str(path[-1]) in lines[places.line(path) - 1], (text, path)


@given(st.binary(max_size=60), st.sampled_from([read_trust, read_attestations, read_declared, read_waivers]))
def test_any_bytes_are_read_or_refused_in_words(data, read):
    for prefix in (b"", b'schema = "x"\n[[waiver]]\n', b"[[key]]\nkeyid = "):
        try:
            read(prefix + data)
        except UsageError as refused:
            said = str(refused)
        else:
            said = ".toml line "
        assert ".toml line " in said


def measured(value=0.8123, low=0.8011, high=0.8231, comparison="at_least", **given):
    requirement = {"metric": "roc_auc", "comparison": comparison, "limit": 0.78}
    return {
        "id": "t#roc_auc",
        "value": value,
        "interval": {"low": low, "high": high},
        "requirement": requirement,
    } | given


def relation(value, *records, population="all"):
    declared = Declared(metric="roc_auc", value=value, population=population, source="ifu")
    (row,) = compare([declared], records)
    return row["relation"]


@pytest.mark.parametrize(
    ("value", "comparison", "found"),
    [
        (0.81, "at_least", "within"),
        (0.8011, "at_least", "within"),
        (0.8231, "at_least", "within"),
        (0.83, "at_least", "declared-better"),
        (0.79, "at_least", "declared-worse"),
        (0.83, "at_most", "declared-worse"),
        (0.79, "at_most", "declared-better"),
        (0.79, "between", "declared-better"),
        (0.83, "between", "declared-better"),
    ],
)
def test_declared_against_tested(value, comparison, found):
    assert relation(value, measured(comparison=comparison)) == found


def test_the_page_s_own_row():
    """governance 4.5: declared 0.81, tested 0.8123 (0.8011 to 0.8231): within."""
    declared = Declared(metric="roc_auc", value=0.81, source="instructions-for-use 2.3")
    assert compare([declared], [measured()]) == [
        {
            "metric": "roc_auc",
            "population": "all",
            "declared": 0.81,
            "relation": "within",
            "tested": 0.8123,
            "interval": [0.8011, 0.8231],
            "check": "t#roc_auc",
            "source": "instructions-for-use 2.3",
            "required": False,
            "gate": "ok",
        }
    ]


def test_what_no_check_measured():
    other = measured()
    other["requirement"] = {**other["requirement"], "metric": "roc_auc gap"}
    compared = measured(comparison="not_worse")
    broken = measured(value=None)
    assert {relation(0.81), relation(0.81, other), relation(0.81, compared), relation(0.81, broken)} == {"not-tested"}


def test_a_population_is_a_slice():
    north = {"name": "region=north", "value": 0.70, "interval": {"low": 0.66, "high": 0.73}}
    hidden = {"name": "region=east", "value": 0.70, "interval": {"low": 0.6, "high": 0.8}, "suppressed": True}
    record = measured(slices=[north, hidden])
    assert relation(0.81, record, population="region=north") == "declared-better"
    assert relation(0.81, record) == "not-tested"
    assert relation(0.7, record, population="region=east") == "not-tested"


def test_open_ends_and_counts():
    assert relation(0.9, measured(high=None)) == "within"
    assert relation(0.81, measured(interval=None)) == "declared-worse"
    assert relation(0.8123, measured(interval=None)) == "within"


def test_of_several_judgements_the_least_favourable_counts():
    better = measured(low=0.85, high=0.9, id="b")
    worse = measured(low=0.7, high=0.75, id="c")
    assert relation(0.81, measured(), better) == "declared-worse"
    assert relation(0.81, better, worse, measured()) == "declared-better"


@pytest.mark.parametrize(
    ("relation", "optional", "required"),
    [
        ("within", "ok", "ok"),
        ("declared-worse", "note", "note"),
        ("not-tested", "warn", "warn"),
        ("declared-better", "warn", "block"),
    ],
)
def test_what_a_relation_does_to_the_gate(relation, optional, required):
    assert (gate_of(relation, required=False), gate_of(relation, required=True)) == (optional, required)
