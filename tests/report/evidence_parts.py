"""The pieces of an evidence.json, made by hand: records, and plan, run, results, verdict and root around them."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

SEED = 20261121


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


INPUTS = {"candidate": digest("candidate"), "holdout": digest("holdout")}


def measurement(
    value: float | None, low: float | None = None, high: float | None = None, **given: Any
) -> dict[str, Any]:
    census = {"confidence": None, "method": "census"} if low is None and high is None else {}
    plain = {
        "name": "roc_auc",
        "value": value,
        "low": low,
        "high": high,
        "confidence": 0.95,
        "method": "delong_logit",
        "n": 9520,
        "unit": "rows",
        "slice": None,
        "n_effective": None,
        "detail": None,
        "flags": [],
        "seed": None,
    }
    return plain | census | given


def requirement(comparison: str = "at_least", limit: Any = 0.75, **given: Any) -> dict[str, Any]:
    plain = {"metric": "roc_auc", "comparison": comparison, "limit": limit, "margin": None, "decision": "interval"}
    return plain | {"source": "tests/test_lending.py:31"} | given


def record(
    name: str, verdict: str = "passed", *, measured: Any = None, demand: Any = "default", **given: Any
) -> dict[str, Any]:
    node = given.pop("node", f"tests/test_lending.py::{name}")
    label = given.pop("label", "roc_auc")
    found = [measurement(0.842, 0.811, 0.869)] if measured is None else measured
    plain = {
        "id": f"{node}#{label}",
        "node": node,
        "attempt": 1,
        "entry": None,
        "check": "model.metric",
        "kind": "model.performance",
        "title": "a metric meets its limit",
        "label": label,
        "verdict": verdict,
        "reason": "bound-meets",
        "because": "the lower bound 0.811 meets it",
        "sentence": "roc_auc 0.842 on holdout, required at least 0.75",
        "measurements": found,
        "verdicts": [verdict] * len(found),
        "requirement": requirement() if demand == "default" else demand,
        "findings": [],
        "findings_total": 0,
        "severity": "block",
        "inputs": dict(INPUTS),
        "curves": [],
        "advice": None,
        "flags": [],
        "n_to_settle": None,
        "detectable": None,
        "data": ["holdout"],
        "duration_ms": 41,
        "pytest_outcome": "passed" if verdict == "passed" else "failed",
        "slices": [],
        "message": "",
    }
    return plain | given


PACKAGES = {
    "jinja2": "3.1.6",
    "narwhals": "2.28.0",
    "numpy": "2.4.0",
    "pandas": "3.1.0",
    "pandera": "0.35.0",
    "polars": "2.1.0",
    "pytest": "9.2.0",
    "scikit-learn": "1.9.0",
    "scipy": "1.17.0",
    "skops": "0.16.0",
}
RUN: dict[str, Any] = {
    "schema": "mltest/run/v1",
    "run_id": "01k9x2m4t7q8r5v6w3y0z1a2b3",
    "sequence": 1,
    "previous_root": None,
    "plan_digest": digest("plan"),
    "lock_digest": None,
    "plan_status": "absent",
    "profile": "dev",
    "source": {
        "vcs": "git",
        "commit": "9f31c02a77d4e0b1c2d3e4f5a6b7c8d9e0f1a2b3",
        "tree": "1c77e0a",
        "dirty": True,
        "dirty_paths": 3,
        "ref": "refs/pull/88/merge",
        "remote": "git.example.com/acme/lending",
        "commit_time": "2026-11-20T16:40:02.000Z",
    },
    "subjects": [
        {
            "name": "candidate.skops",
            "role": "candidate",
            "digest": INPUTS["candidate"],
            "bytes": 183422,
            "format": "skops",
        },
        {
            "name": "production.skops",
            "role": "baseline",
            "digest": digest("production"),
            "bytes": 171090,
            "format": "skops",
        },
    ],
    "data_seen": [
        {
            "id": "holdout.parquet",
            "digest": INPUTS["holdout"],
            "bytes": 412345,
            "rows": 9520,
            "method": "file-sha256",
            "cached": False,
        },
        {
            "id": "train.parquet",
            "digest": digest("train"),
            "bytes": 1612345,
            "rows": 38080,
            "method": "file-sha256",
            "cached": False,
        },
    ],
    "invocation": {
        "args": ["tests", "-n", "2", "-k", "not gpu", "--mltest-report", "reports"],
        "selection": {"keyword": "not gpu"},
    },
    "environment": {
        "python": "3.11.2",
        "os": "linux",
        "arch": "x86_64",
        "cpu_count": 2,
        "packages_digest": digest("packages"),
        "packages": [[name, version] for name, version in PACKAGES.items()],
        "plugins": [["pytest-xdist", "3.8.0"], ["pytest-mltest", "0.1.0"]],
        "host_hash": "h:2b19c7d0",
    },
    "clock": {
        "started": "2026-11-20T16:52:11.204Z",
        "finished": "2026-11-20T16:55:15.427Z",
        "monotonic_ms": 184220,
    },
    "workers": [{"id": "gw0", "collected": 37, "exit": "clean"}, {"id": "gw1", "collected": 37, "exit": "clean"}],
    "row_data": {"contains": False, "columns": []},
}


def planned(node: str, **given: Any) -> dict[str, Any]:
    plain = {"id": node, "nodeid": node, "kind": "model.performance", "severity": "block", "required": True}
    return plain | {"owner": None, "controls": [], "inline": True} | given


def evidence(
    records: list[dict[str, Any]],
    not_run: list[dict[str, Any]] | None = None,
    *,
    gate: str | None = None,
    reasons: list[dict[str, Any]] | None = None,
    lock: str | None = None,
) -> dict[str, Any]:
    """The whole file around some records; the gate follows the worst verdict unless it is given."""
    missed = not_run or []
    nodes = list(dict.fromkeys([*(row["node"] for row in records), *(row["id"] for row in missed)]))
    parts = {
        "plan": {
            "schema": "mltest/plan/v1",
            "project": "lending-approval",
            "stats": "mltest-stats/1",
            "settings": {
                "confidence": 0.95,
                "inconclusive": "fail",
                "multiplicity": "holm",
                "seed": SEED,
                "small_cell": 10,
            },
            "data": [],
            "baselines": [{"id": "production.skops", "digest": digest("production")}],
            "checks": [planned(node) for node in sorted(nodes)],
        },
        "run": RUN | ({"lock_digest": lock, "plan_status": "matched"} if lock else {}),
        "results": {
            "schema": "mltest/results/v1",
            "run_id": "01k9x2m4t7q8r5v6w3y0z1a2b3",
            "records": records,
            "not_run": missed,
        },
        "verdict": _verdict(records, missed, gate=gate, reasons=reasons),
    }
    root = {"schema": "mltest/root/v1"} | {
        name: digest(json.dumps(part, sort_keys=True)) for name, part in parts.items()
    }
    whole = {
        "schema": "mltest/evidence/v1",
        **parts,
        "root": root,
        "evidence_root": digest(json.dumps(root, sort_keys=True)),
    }
    return copy.deepcopy(whole)


def _verdict(
    records: list[dict[str, Any]],
    missed: list[dict[str, Any]],
    *,
    gate: str | None,
    reasons: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    planned = len({row["node"] for row in records} | {row["id"] for row in missed})
    bad = [row for row in records if row["verdict"] in ("error", "failed", "inconclusive")]
    bad.sort(key=lambda row: (("error", "failed", "inconclusive").index(row["verdict"]), row["id"]))
    found = [{"code": row["verdict"], "id": row["id"], "text": f"{row['verdict']}: block"} for row in bad]
    by_reason: dict[str, int] = {}
    for row in missed:
        by_reason[row["reason"]] = by_reason.get(row["reason"], 0) + 1
    return {
        "schema": "mltest/verdict/v1",
        "run_id": "01k9x2m4t7q8r5v6w3y0z1a2b3",
        "gate": gate or ("block" if bad else "allow"),
        "reasons": found if reasons is None else reasons,
        "outcomes": [
            {
                "id": row["id"],
                "verdict": row["verdict"],
                "severity": "block",
                "required": True,
                "waiver": None,
                "waiver_state": "none",
                "gate": "block" if row in bad else "ok",
            }
            for row in records
        ],
        "completeness": {
            "planned": planned,
            "executed": planned - len(missed),
            "not_run": len(missed),
            "unplanned": 0,
            "without_check": 0,
            "by_reason": by_reason,
            "holds": True,
        },
        "grade": "E0",
        "grade_limits": ["no plan was locked"],
    }
