"""A locked run with one check of every kind of outcome, and the same with names that want to be something else."""

from __future__ import annotations

import copy
import functools
from typing import Any

from mltest.evidence.canonical import digest
from mltest.policy.control_rows import COLUMNS, control_of
from mltest.policy.controls import Catalogue
from tests.harness import bundle
from tests.report.evidence_parts import RUN
from tests.report.evidence_parts import digest as made_up

__all__ = ["HOSTILE", "WAIVER", "many", "passing", "released"]

# one row of its own, so that the bytes of a sample do not change with the catalogue that ships
_ROW = ("EU AI Act", "2024/1689", "Art. 15(1)", "Accuracy", "Reach the level that is declared.", "model.performance")
CATALOGUE = Catalogue(
    [control_of(dict(zip(COLUMNS, (*_ROW, "partial", "2026-08-02", "OJ L, 2024/1689"), strict=True)))],
    {"digest": made_up("controls.csv"), "date": "2026-11-21", "own": None},
).recorded()
LOCK = made_up("lock")
WAIVERS = made_up("waivers")
WAIVER: dict[str, Any] = {
    "id": "W-2026-014",
    "check": "tests/test_pd.py::test_north#model.metric:roc_auc",
    "state": "valid",
    "covers": ["failed"],
    "expires": "2027-01-31",
    "days_left": 72,
    "bound_held": True,
    "used": True,
    "proven": False,
    "reason": "New region, 214 defaults so far; bound too wide until March",
    "risk": "Ranking in region north may be worse than stated",
}
HOSTILE = (
    "a|b `code` <script>alert(1)</script> ::error file=x::boo %0A *b* [l](http://x.example) \u202e \U0001f600 \x00\x0b"
)


def _record(identity: str, verdict: str, **given: Any) -> dict[str, Any]:
    node = identity.partition("#")[0]
    plain = {
        "id": identity,
        "node": node,
        "attempt": 1,
        "entry": digest(identity.encode()),
        "check": "model.metric",
        "kind": "model.performance",
        "title": "A metric meets its limit",
        "label": "roc_auc",
        "verdict": verdict,
        "reason": "bound-meets",
        "because": "the lower bound 0.8011 meets it",
        "sentence": "roc_auc 0.812 on test, required at least 0.78",
        "value": 0.8123,
        "interval": {"low": 0.8011, "high": 0.8231, "confidence": 0.95, "method": "delong_logit", "side": "two"},
        "n": 20000,
        "requirement": {
            "metric": "roc_auc",
            "comparison": "at_least",
            "limit": 0.78,
            "decision": "interval",
            "source": "tests/test_pd.py:31",
        },
        "measurements": [
            {"name": "roc_auc", "value": 0.8123, "low": 0.8011, "high": 0.8231, "confidence": 0.95, "n": 20000}
            | {"method": "delong_logit", "unit": "rows"}
        ],
        "verdicts": [verdict],
        "slices": [],
        "findings": [],
        "findings_total": 0,
        "inputs": {},
        "data": [],
        "attachments": [],
        "severity": "block",
        "flags": [],
        "duration_ms": 412,
        "pytest_outcome": "passed" if verdict == "passed" else "failed",
        "message": "",
        "worker": "gw0",
    }
    return plain | given


def _entry(identity: str, **given: Any) -> dict[str, Any]:
    node = identity.partition("#")[0]
    source = {"path": node.partition("::")[0], "sha256": made_up("file"), "function": made_up(node)}
    plain = {"id": identity, "nodeid": node, "check": "model.metric", "kind": "model.performance"}
    demanded = {"metric": "roc_auc", "comparator": ">=", "threshold": {"kind": "literal", "value": 0.78}}
    weight = {"severity": "block", "required": True, "required_by": "default", "controls": [], "inline": True}
    return plain | demanded | weight | {"source": source} | given


def _outcome(identity: str, verdict: str, gate: str, **given: Any) -> dict[str, Any]:
    plain = {"id": identity, "verdict": verdict, "severity": "block", "required": True, "gate": gate}
    return plain | {"waiver": None, "waiver_state": "none"} | given


def _sliced() -> list[dict[str, Any]]:
    rows = [("region=south", 0.83, 0.81, 0.85), ("region=tiny", 0.61, 0.3, 0.9)]
    return [
        {"name": "roc_auc", "value": value, "low": low, "high": high, "confidence": 0.95, "n": 700, "slice": name}
        for name, value, low, high in rows
    ]


def _parts(prefix: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Records, outcomes and what did not run."""
    names = (
        "auc#model.metric:roc_auc",
        "north#model.metric:roc_auc",
        "recall#model.metric:recall",
        "shape#data.schema:x",
    )
    passed, waived, undecided, broken = (f"{prefix}{name}" for name in names)
    skipped, optional, shaky = f"{prefix}gpu#model.metric:roc_auc", f"{prefix}extra", f"{prefix}seed#model.metric:mcc"
    slices = [
        {"name": "region=south", "n": 700, "verdict": "passed", "suppressed": False},
        {"name": "region=tiny", "n": 7, "verdict": "passed", "suppressed": True},
    ]
    records = [
        _record(passed, "passed", measurements=[*_record(passed, "passed")["measurements"], *_sliced()], slices=slices),
        _record(waived, "failed", value=0.73, because="even the upper bound 0.77 misses it"),
        _record(undecided, "inconclusive", because="the bounds straddle it; about 750 positives would settle it"),
        _record(f"{broken.partition('#')[0]}#pytest", "error", check="pytest", kind="governance.record", entry=None)
        | {"because": "KeyError at tests/test_pd.py:9", "sentence": "test_shape ended with an error"}
        | {"measurements": [], "verdicts": [], "requirement": None, "value": None, "interval": None, "n": None},
        _record(shaky, "passed", flags=["nondeterministic"]),
    ]
    records[3] = {name: value for name, value in records[3].items() if value is not None or name == "entry"}
    outcomes = [
        _outcome(passed, "passed", "ok"),
        _outcome(waived, "failed", "warn", waiver=WAIVER["id"], waiver_state="valid"),
        _outcome(undecided, "inconclusive", "block"),
        _outcome(records[3]["id"], "error", "block"),
        _outcome(shaky, "passed", "ok"),
        _outcome(skipped, "not_run", "block"),
        _outcome(optional, "not_run", "note", required=False, severity="info"),
    ]
    missed = [
        {"id": skipped, "reason": "skipped", "detail": "no GPU"},
        {"id": optional, "reason": "deselected_keyword", "detail": "-k 'not extra'"},
    ]
    return records, outcomes, missed


def _verdict(outcomes: list[dict[str, Any]], gate: str, missed: int) -> dict[str, Any]:
    codes = {"warn": "waived", "block": "failed"}
    named = sorted({row["verdict"] for row in outcomes if row["verdict"] == "passed"} and {outcomes[0]["id"]})
    return {
        "schema": "mltest/verdict/v1",
        "run_id": RUN["run_id"],
        "gate": gate,
        "reasons": [
            {"code": codes[row["gate"]], "id": row["id"], "text": "why", "gate": row["gate"]}
            for row in outcomes
            if row["gate"] in codes
        ],
        "outcomes": outcomes,
        "completeness": {
            "planned": len(outcomes),
            "executed": len(outcomes) - missed,
            "not_run": missed,
            "unplanned": 0,
            "without_check": 0,
            "by_reason": {"skipped": 1, "deselected_keyword": 1} if missed else {},
            "holds": True,
        },
        "waivers": [WAIVER],
        "declared": [
            {"metric": "roc_auc", "population": "all", "declared": 0.81, "tested": 0.8123}
            | {"interval": [0.8011, 0.8231], "relation": "within", "source": "instructions 2.3", "gate": "ok"}
        ],
        "controls": [
            {"framework": "EU AI Act", "control_id": "Art. 15(1)", "strength": "partial", "checks": checks}
            | {"counts": {}, "grade": "partial"}
            for checks in ([*named, *(row["id"] for row in outcomes[1:3])], [])
        ],
        "baseline": {
            "root": made_up("before"),
            "release": "2.2.0",
            "loosened": 1,
            "removed": 0,
            "tightened": 0,
            "added": 0,
        },
        "data_use": [],
        "grade": "E2",
        "grade_limits": ["approval not signed", "root not signed"],
    }


def _run(**given: Any) -> dict[str, Any]:
    inputs = dict.fromkeys(("approvals", "trust", "declared", "manual_controls"))
    line = {"kind": "threshold_loosened", "direction": "loosened", "id": "x", "text": "x threshold 0.80 -> 0.78"}
    plain = RUN | {
        "plan_status": "matched",
        "lock_digest": LOCK,
        "profile": "merge",
        "inputs": {**inputs, "lock": LOCK, "waivers": WAIVERS, "controls": digest(CATALOGUE)},
        "source": RUN["source"] | {"dirty": False, "dirty_paths": 0},
        "ci": {"provider": "github", "run_url": "https://git.example.com/acme/pd/runs/77"},
        "baseline": {"root": made_up("before"), "release": "2.2.0", "lines": [line]},
    }
    return plain | given


def _whole(records: Any, outcomes: Any, missed: Any, gate: str, **run: Any) -> dict[str, Any]:
    plan = {
        "schema": "mltest/plan/v1",
        "project": "credit-pd",
        "stats": "mltest-stats/1",
        "settings": {"seed": 1, "small_cell": 10},
        "data": [],
        "baselines": [],
        "checks": [_entry(row["id"]) for row in outcomes if not row["id"].endswith("#pytest")],
    }
    results = {"schema": "mltest/results/v1", "run_id": RUN["run_id"], "records": records, "not_run": missed}
    objects = {"plan": plan, "run": _run(**run), "results": results}
    objects["verdict"] = _verdict(outcomes, gate, len(missed))
    return copy.deepcopy(bundle(objects, {digest(CATALOGUE): CATALOGUE.decode()}))


def released(prefix: str = "tests/test_pd.py::test_", **run: Any) -> dict[str, Any]:
    """Passed, waived, inconclusive, broken, unsteady, not run and optional: one each."""
    return _whole(*_parts(prefix), "block", **run)


def passing(**run: Any) -> dict[str, Any]:
    """Everything passed."""
    identity = "tests/test_pd.py::test_auc#model.metric:roc_auc"
    return _whole([_record(identity, "passed")], [_outcome(identity, "passed", "ok")], [], "allow", **run)


@functools.cache
def many(checks: int, verdict: str = "failed") -> dict[str, Any]:
    """A run with that many checks, all of one verdict, under names of a usual length."""
    ids = [
        f"tests/models/test_performance_by_segment.py::test_ranks_applicants[{at:05}-region]#model.metric:roc_auc"
        for at in range(checks)
    ]
    gate = "ok" if verdict == "passed" else "block"
    return _whole(
        [_record(identity, verdict) for identity in ids],
        [_outcome(identity, verdict, gate) for identity in ids],
        [],
        "allow" if verdict == "passed" else "block",
    )
