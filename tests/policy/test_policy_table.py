"""[tool.mltest.policy]: what it may say, what it resolves to, and that a tier only tightens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.evidence.canonical import canonical
from mltest.policy.demands import (
    INCONCLUSIVE,
    RERUN_RULES,
    SEVERITIES,
    inconclusive_of,
    matches,
    policy_of,
    resolved_policy,
    severity_by_default,
)
from mltest.policy.settings import Settings, read_settings

WHOLE = """
[tool.mltest]
profile = "merge"
store = "gs://bucket/evidence"
upload = "fail"
small_cell = 5
risk = "high"
retention_until = 2036-12-31
legal_hold = true
frameworks = ["EU AI Act"]
controls = "own-controls.csv"

[tool.mltest.policy]
required = ["model.calibration", "tests/test_pd.py::*"]
never_waive = ["model.fairness"]
max_waiver_days = 60
severity = [{ path = "tests/explore/*", severity = "warn" }]

[[tool.mltest.policy.tiers.high.severity]]
mark = "slow"
severity = "info"

[tool.mltest.policy.tiers.high]
required = ["data.leakage"]
inconclusive = "block"
max_waiver_days = 30
max_active_waivers = 3
rerun_rule = "all"

[tool.mltest.policy.tiers.low]
max_waiver_days = 365
"""


def read(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    return read_settings(tmp_path)


def test_every_key_is_read(tmp_path):
    settings = read(tmp_path, WHOLE)
    assert (settings.profile, settings.store, settings.upload) == ("merge", "gs://bucket/evidence", "fail")
    assert (settings.small_cell, settings.risk, settings.legal_hold) == (5, "high", True)
    assert (settings.retention_until, settings.frameworks) == ("2036-12-31", ("EU AI Act",))
    assert settings.controls == "own-controls.csv"


def test_a_tier_adds_its_demands(tmp_path):
    assert resolved_policy(read(tmp_path, WHOLE)) == {
        "required": ["data.leakage", "model.calibration", "tests/test_pd.py::*"],
        "severity": [{"path": "tests/explore/*", "severity": "warn"}, {"mark": "slow", "severity": "info"}],
        "never_waive": ["artifact.integrity", "artifact.safety", "governance.approval", "model.fairness"],
        "max_waiver_days": 30,
        "max_active_waivers": 3,
        "rerun_rule": "all",
        "inconclusive": "block",
        "risk": "high",
    }


def test_a_looser_tier_changes_nothing(tmp_path):
    policy = resolved_policy(read(tmp_path, WHOLE.replace('risk = "high"', 'risk = "low"')))
    assert policy["max_waiver_days"] == 60


def test_without_a_table_there_are_defaults(tmp_path):
    policy = resolved_policy(read(tmp_path, "[tool.mltest]\nseed = 1\n"))
    assert policy == resolved_policy(None) == policy_of({})
    assert (policy["max_waiver_days"], policy["max_active_waivers"], policy["rerun_rule"]) == (90, 10, "all")
    assert "inconclusive" not in policy
    assert canonical(policy)


def test_every_mistake_at_once_each_in_its_place(tmp_path):
    text = """
[tool.mltest]
risk = "hgih"
small_cell = 4
legal_hold = "yes"
upload = "never"
retention_until = "2036"

[tool.mltest.policy]
requird = ["a"]
max_waiver_days = 0
inconclusive = "warn"
severity = [
    { path = "tests/*", severity = "blocks" },
    { mark = "slow", kind = "x", severity = "warn" },
]

[tool.mltest.policy.tiers.high]
"max_active_waivers" = -1
never_wave = []

[tool.mltest.policy.tiers.low]
rerun_rule = 9
"""
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text)
    assert str(caught.value).splitlines() == [
        "pyproject.toml:3 [tool.mltest]: risk = 'hgih' names no tier; nearest is 'high' (declared are high, low)",
        "pyproject.toml:4 [tool.mltest]: small_cell = 4: allowed is a whole number from 5",
        "pyproject.toml:5 [tool.mltest]: legal_hold = 'yes': allowed is true or false",
        "pyproject.toml:6 [tool.mltest]: upload = 'never': allowed is 'warn' or 'fail'",
        "pyproject.toml:7 [tool.mltest]: retention_until = '2036': allowed is a date, such as 2036-12-31",
        "pyproject.toml:10 [tool.mltest.policy]: unknown key 'requird'; nearest is 'required'",
        "pyproject.toml:11 [tool.mltest.policy]: max_waiver_days = 0: allowed is a whole number from 1",
        (
            "pyproject.toml:12 [tool.mltest.policy]: inconclusive = 'warn': allowed is 'fail' or 'block', "
            "for a policy only tightens"
        ),
        (
            "pyproject.toml:13 [tool.mltest.policy]: severity = 'blocks'; nearest is 'block' "
            "(allowed are block, warn, info)"
        ),
        "pyproject.toml:13 [tool.mltest.policy]: severity: a rule has one of path, mark, kind, each a text",
        "pyproject.toml:19 [tool.mltest.policy.tiers.high]: max_active_waivers = -1: allowed is a whole number from 0",
        "pyproject.toml:20 [tool.mltest.policy.tiers.high]: unknown key 'never_wave'; nearest is 'never_waive'",
        "pyproject.toml:23 [tool.mltest.policy.tiers.low]: rerun_rule = 9: allowed is 'all' or 'majority' or 'any'",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('policy = "strict"', "policy = 'strict': allowed is a table"),
        ('policy.tiers = "high"', "allowed is a table for each tier"),
        ("policy.tiers.high = 3", "tiers.high = 3: allowed is a table of demands"),
        ('policy.severity = "warn"', "allowed is a list of rules"),
        ('policy.severity = ["warn"]', "is none of the rules"),
        ('policy.severity = [{ file = "x", severity = "warn" }]', "unknown key 'file'"),
        ('policy.required = "model.metric"', "allowed is a list of ids, globs or kinds"),
        ('risk = "high"', "names no tier (no [policy.tiers.NAME] is declared)"),
        ('frameworks = "EU AI Act"', "allowed is a list of texts"),
        ("retention_until = 2036-12-31T00:00:00Z", "allowed is a date"),
        ('profile = "prod"', "allowed is 'dev' or 'merge' or 'release'"),
    ],
)
def test_a_table_of_another_form(tmp_path, text, said):
    with pytest.raises(UsageError) as caught:
        read(tmp_path, f"[tool.mltest]\n{text}\n")
    assert str(caught.value).startswith("pyproject.toml:2 [tool.mltest")
    assert said in str(caught.value)


WORDS = {
    "required": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
    "never_waive": st.lists(st.sampled_from(["a", "b", "c"]), max_size=2),
    "max_waiver_days": st.integers(1, 400),
    "max_active_waivers": st.integers(0, 40),
    "inconclusive": st.sampled_from(["fail", "block"]),
    "rerun_rule": st.sampled_from(RERUN_RULES),
}
TABLES = st.fixed_dictionaries({}, optional=WORDS)


@given(TABLES, TABLES)
def test_a_tier_only_tightens(table, tier):
    settled = [Settings(base=Path(), risk=risk, policy={**table, "tiers": {"high": tier}}) for risk in (None, "high")]
    loose, tight = (resolved_policy(settings) for settings in settled)
    assert set(loose["required"]) <= set(tight["required"])
    assert set(loose["never_waive"]) <= set(tight["never_waive"])
    assert tight["max_waiver_days"] <= loose["max_waiver_days"]
    assert tight["max_active_waivers"] <= loose["max_active_waivers"]
    words = [inconclusive_of({"settings": {"policy": policy}}) for policy in (tight, loose)]
    assert INCONCLUSIVE.index(words[0]) <= INCONCLUSIVE.index(words[1])
    assert RERUN_RULES.index(tight["rerun_rule"]) <= RERUN_RULES.index(loose["rerun_rule"])


@pytest.mark.parametrize(
    ("option", "policy", "profile", "word"),
    [
        ("warn", None, "dev", "warn"),
        ("warn", None, "merge", "fail"),
        ("warn", None, "release", "fail"),
        ("warn", "fail", "dev", "fail"),
        ("fail", "block", "dev", "block"),
        ("fail", None, "release", "fail"),
    ],
)
def test_what_inconclusive_means(option, policy, profile, word):
    """A setting or an option may only loosen what one's own machine says."""
    plan = {"settings": {"inconclusive": option, "policy": {"inconclusive": policy} if policy else {}}}
    assert inconclusive_of(plan, profile) == word


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("tests/t.py::test_a[north]#model.metric:recall", True),
        ("tests/t.py::test_a[north]", True),
        ("tests/t.py::test_a[*", True),
        ("tests/*", True),
        ("model.performance", True),
        ("model.*", True),
        ("tests/t.py::test_a[south]", False),
        ("model.perf", False),
        ("tests/t.py::test_?[north]", False),
    ],
)
def test_patterns_name_ids_globs_and_kinds(pattern, fits):
    names = ("tests/t.py::test_a[north]#model.metric:recall", "tests/t.py::test_a[north]", "model.performance")
    assert matches(pattern, *names) is fits


RULES = {
    "severity": [
        {"path": "tests/explore/*", "severity": "warn"},
        {"path": "tests/explore/test_core.py", "severity": "block"},
        {"mark": "slow", "severity": "info"},
        {"kind": "data.drift", "severity": "warn"},
    ]
}


@pytest.mark.parametrize(
    ("nodeid", "marks", "kind", "severity"),
    [
        ("tests/test_a.py::test_x", (), None, "block"),
        ("tests/explore/test_a.py::test_x", (), None, "warn"),
        ("tests/explore/test_core.py::test_x", (), None, "block"),
        ("tests/explore/test_a.py::test_x", ("slow",), None, "warn"),
        ("tests/test_a.py::test_x", ("slow",), None, "info"),
        ("tests/test_a.py::test_x", (), "data.drift", "warn"),
        ("tests/test_a.py::test_x", (), "data.schema", "block"),
    ],
)
def test_severity_where_the_mark_is_silent(nodeid, marks, kind, severity):
    """Of several rules that fit the strictest counts, in whatever order they stand."""
    for rules in (RULES["severity"], RULES["severity"][::-1]):
        assert severity_by_default({"severity": rules}, nodeid, marks, kind) == severity
    assert severity in SEVERITIES
