"""Plans made by hand: one sound check, to plant one change into."""

from __future__ import annotations

import copy
from typing import Any

ID = "tests/test_m.py::test_auc#model.metric:roc_auc"


def entry(identity: str = ID, **given: Any) -> dict[str, Any]:
    node = identity.partition("#")[0]
    plain = {
        "id": identity,
        "nodeid": node,
        "check": "model.metric",
        "kind": "model.performance",
        "metric": "roc_auc",
        "comparator": ">=",
        "threshold": {"kind": "literal", "value": 0.78},
        "decision": "interval",
        "confidence": 0.95,
        "min_n": 500,
        "severity": "block",
        "required": True,
        "required_by": "mark",
        "slices": [],
        "data": ["test"],
        "baselines": [],
        "demands": {"at_least": 0.78},
        "reruns": 0,
        "rerun_rule": "all",
        "source": {"path": "tests/test_m.py", "sha256": "sha256:f1", "function": f"sha256:{node}"},
        "controls": [],
        "inline": True,
    }
    return plain | given


def plan(*checks: dict[str, Any], **given: Any) -> dict[str, Any]:
    whole = {
        "schema": "mltest/plan/v1",
        "project": "pd",
        "stats": "mltest-stats/1",
        "settings": {"confidence": 0.95, "inconclusive": "fail", "seed": 1, "small_cell": 10, "policy": {}},
        "data": [{"id": "test", "uri": "test.csv", "policy": "pinned", "digest": "sha256:d1", "rows": 100}],
        "baselines": [{"id": "production", "digest": "sha256:b1"}],
        "checks": list(checks or [entry()]),
    }
    return copy.deepcopy(whole | given)


def record(value: float = 0.8, low: float = 0.77, high: float = 0.83, **given: Any) -> dict[str, Any]:
    part = {"name": "roc_auc", "value": value, "low": low, "high": high, "confidence": 0.95, "method": "delong_logit"}
    plain = {
        "id": ID,
        "node": ID.partition("#")[0],
        "attempt": 1,
        "check": "model.metric",
        "kind": "model.performance",
        "label": "roc_auc",
        "verdict": "passed",
        "severity": "block",
        "sentence": f"roc_auc {value}",
        "value": value,
        "interval": {"low": low, "high": high, "confidence": 0.95, "method": "delong_logit"},
        "measurements": [{**part, "n": 400}],
        "verdicts": ["passed"],
        "requirement": {"metric": "roc_auc", "comparison": "at_least", "limit": 0.7, "decision": "interval"},
        "inputs": {"data": "sha256:d1", "model": f"sha256:{value}"},
        "slices": [],
    }
    return plain | given


def results(*records: dict[str, Any], not_run: tuple[str, ...] = ()) -> dict[str, Any]:
    missed = [{"id": name, "reason": "skipped", "detail": ""} for name in not_run]
    return {"schema": "mltest/results/v1", "records": list(records), "not_run": missed}
