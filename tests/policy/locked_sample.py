"""A run under a lock, made by hand: its plan, run and results, and the committed files around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mltest.evidence.canonical import digest_of
from mltest.policy.approvals import approvals_bytes
from mltest.policy.verdict import verdict_of

__all__ = ["Sample", "Texts", "codes", "entry", "missed", "record", "waivers"]

MODEL = f"sha256:{'e1' * 32}"
COMMIT = "9f31c02a77d4e0b1c2d3e4f5a6b7c8d9e0f1a2b3"
FINISHED = "2026-11-21T16:55:15.427Z"
COMPARATORS = {">=": "at_least", "<=": "at_most", "between": "between"}


def entry(name: str, **given: Any) -> dict[str, Any]:
    """An entry of the lock: ``test_a#roc_auc`` is a check of a test, ``test_a`` a test without a check."""
    test, _, label = name.partition("#")
    nodeid = f"tests/test_pd.py::{test}"
    whole = {"id": nodeid, "nodeid": nodeid, "kind": "test"}
    if label:
        metric = label.partition("[")[0]
        whole = {
            "id": f"{nodeid}#model.metric:{label}",
            "nodeid": nodeid,
            "kind": "model.performance",
            "check": "model.metric",
            "metric": metric,
            "comparator": ">=",
            "threshold": {"kind": "literal", "value": 0.78},
            "data": ["test"],
            "reruns": 0,
            "rerun_rule": "all",
        }
    return whole | {"severity": "block", "required": True, "required_by": "default", "controls": []} | given


def record(planned: Mapping[str, Any], verdict: str = "passed", **given: Any) -> dict[str, Any]:
    """What a run measured for an entry."""
    limit = planned.get("threshold", {})
    comparison = COMPARATORS.get(planned.get("comparator", ">="), "at_least")
    told = {
        "id": planned["id"],
        "node": planned["nodeid"],
        "attempt": 1,
        "entry": "sha256:0",
        "check": planned.get("check", ""),
        "kind": planned["kind"],
        "verdict": verdict,
        "severity": planned["severity"],
        "flags": [],
        "value": 0.8123,
        "interval": {"low": 0.8011, "high": 0.8231, "confidence": 0.95, "method": "delong_logit", "side": "two"},
        "slices": [],
        "requirement": {
            "metric": planned.get("metric", ""),
            "comparison": comparison,
            "limit": limit.get("value", [limit.get("low"), limit.get("high")]),
        },
    }
    return told | given


def missed(planned: Mapping[str, Any], reason: str = "skipped") -> dict[str, str]:
    """A row of not_run."""
    return {"id": planned["id"], "reason": reason, "detail": ""}


def codes(verdict: Mapping[str, Any]) -> list[str]:
    """The codes of the reasons, worst first."""
    return [reason["code"] for reason in verdict["reasons"]]


@dataclass(frozen=True)
class Texts:
    """The committed files by their role."""

    texts: Mapping[str, bytes]


class Sample:
    """Everything that a decision is made from; each part may be changed before ``verdict``."""

    def __init__(self, *entries: Mapping[str, Any], records: Any = None, not_run: Any = ()) -> None:
        self.plan: dict[str, Any] = {
            "schema": "mltest/plan/v1",
            "project": "credit-pd",
            "stats": "mltest-stats/1",
            "settings": {"confidence": 0.95, "inconclusive": "fail", "seed": 0, "policy": {}},
            "data": [{"id": "test", "uri": "test.parquet", "policy": "pinned", "digest": "sha256:77"}],
            "baselines": [],
            "checks": sorted((dict(found) for found in entries), key=lambda found: found["id"]),
        }
        self.run: dict[str, Any] = {
            "schema": "mltest/run/v1",
            "run_id": "01k9x2m4t7q8r5v6w3y0z1a2b3",
            "plan_status": "matched",
            "profile": "merge",
            "source": {"commit": COMMIT, "dirty": False, "dirty_paths": 0},
            "subjects": [{"name": "model.onnx", "role": "candidate", "digest": MODEL}],
            "data_seen": [{"id": "test", "digest": "sha256:77", "cached": False}],
            "clock": {"started": "2026-11-21T16:52:11.204Z", "finished": FINISHED},
            "workers": [],
            "lock_authors": ["Ann Bell", "ann@example.com"],
        }
        self.records: list[dict[str, Any]] = [record(found) for found in entries] if records is None else list(records)
        self.not_run = list(not_run)
        self.without_check: list[str] = []
        self.files: dict[str, bytes] = {}
        self.digests: dict[str, str] | None = None

    @property
    def results(self) -> dict[str, Any]:
        return {
            "schema": "mltest/results/v1",
            "run_id": self.run["run_id"],
            "plan_digest": digest_of(self.plan),
            "records": self.records,
            "not_run": self.not_run,
            "without_check": self.without_check,
        }

    def approve(self, name: str = "model-validation", at: str = "2026-11-20T09:00:00Z", **given: Any) -> Sample:
        """Add an approval of this plan."""
        told = {"plan_digest": digest_of(self.plan), "name": name, "role": "validator", "approved_at": at}
        self.files["approvals"] = approvals_bytes([told | {"comment": "", "commit": "", "signature": None} | given])
        return self

    def verdict(self, **given: Any) -> dict[str, Any]:
        return verdict_of(self.plan, self.run, self.results, self.digests, committed=Texts(self.files), **given)


WAIVER = {
    "id": '"W-2026-014"',
    "check": '"tests/test_pd.py::test_auc#model.metric:roc_auc"',
    "covers": '["failed"]',
    "reason": '"New region, 214 defaults so far; bound too wide until March"',
    "risk": '"Ranking in region north may be worse than stated"',
    "requested_by": '"credit-risk"',
    "approved_by": '"model-validation"',
    "approved_at": "2026-11-02T09:00:00Z",
    "expires": "2027-01-31",
    "bound": '{ metric = "roc_auc", no_worse_than = 0.71 }',
    "issue": '"PD-412"',
}


def waivers(*changes: Mapping[str, str | None], **change: str | None) -> bytes:
    """waivers.toml with a waiver for each mapping of changes; None leaves a key out."""
    tables = []
    for given in changes or (change,):
        keys = {**WAIVER, **given}
        lines = [f"{key} = {value}" for key, value in keys.items() if value is not None]
        tables.append("\n".join(["[[waiver]]", *lines]))
    return "\n\n".join(['schema = "mltest/waivers/v1"', *tables, ""]).encode()
