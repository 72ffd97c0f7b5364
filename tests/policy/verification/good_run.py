"""A good locked run made of plain dicts, and the ways to write it, change it and tie it together again."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mltest.evidence.canonical import canonical, digest, digest_of
from mltest.evidence.store import OBJECTS, write_bundle, write_run
from mltest.policy.approvals import approvals_bytes
from mltest.policy.committed import Committed
from mltest.policy.plan import lock_bytes
from mltest.policy.verdict import verdict_of

Objects = dict[str, Any]
COMMIT, TREE = "9f31c02a" * 5, "1c77e0ab" * 5
DATA, MODEL, EARLIER = (f"sha256:{letter * 64}" for letter in "7e5")
AT = "2026-11-20T18:00:00Z"
NODE = "tests/test_pd.py::test_auc"
AUC, RECALL = f"{NODE}#model.metric:roc_auc", f"{NODE}#model.metric:recall"
SCHEMA = "tests/test_data.py::test_schema#data.schema:applications"
PLAIN = "tests/test_data.py::test_plain"


def check(identity: str, kind: str, metric: str, limit: float) -> Objects:
    node = identity.partition("#")[0]
    return {
        "id": identity,
        "nodeid": node,
        "check": identity.partition("#")[2].partition(":")[0],
        "kind": kind,
        "metric": metric,
        "comparator": ">=",
        "threshold": {"kind": "literal", "value": limit},
        "decision": "interval",
        "confidence": 0.95,
        "severity": "block",
        "required": True,
        "required_by": "default",
        "slices": [],
        "data": ["test"],
        "demands": {"at_least": limit},
        "baselines": [],
        "reruns": 0,
        "rerun_rule": "all",
        "source": {"path": node.partition("::")[0], "sha256": DATA, "function": MODEL},
        "controls": [],
        "inline": True,
    }


def plan_object() -> Objects:
    test = {
        name: value
        for name, value in check(PLAIN, "test", "", 0).items()
        if name in ("id", "nodeid", "kind", "severity", "required", "required_by", "controls", "inline", "source")
    }
    checks = [
        check(AUC, "model.performance", "roc_auc", 0.78),
        check(RECALL, "model.performance", "recall", 0.3),
        check(SCHEMA, "data.schema", "kept_rules", 0.9),
        test,
    ]
    return {
        "schema": "mltest/plan/v1",
        "project": "credit-pd",
        "stats": "mltest-stats/1",
        "settings": {"confidence": 0.95, "inconclusive": "fail", "multiplicity": "all-must-pass", "seed": 7},
        "data": [{"id": "test", "uri": "data/test.csv", "policy": "pinned", "digest": DATA, "method": "file-sha256"}],
        "baselines": [],
        "checks": sorted(checks, key=lambda entry: entry["id"]),
    }


def run_object() -> Objects:
    packages = [["numpy", "2.1.3"], ["pytest", "9.0.0"]]
    return {
        "schema": "mltest/run/v1",
        "run_id": "01k9x2m4t7q8r5v6w3y0z1a2b3",
        "sequence": 412,
        "previous_root": EARLIER,
        "plan_status": "matched",
        "profile": "merge",
        "differences": [],
        "lock_authors": ["Ann Bell", "ann@example.com"],
        "looks": [],
        "problems": [],
        "source": {
            "vcs": "git",
            "commit": COMMIT,
            "tree": TREE,
            "ref": "main",
            "dirty": False,
            "dirty_paths": 0,
            "commit_time": "2026-11-20T17:40:02+01:00",
        },
        "subjects": [{"name": "model", "role": "candidate", "digest": MODEL, "bytes": 1834221, "format": "onnx"}],
        "data_seen": [
            {"id": "test", "digest": DATA, "bytes": 812345, "rows": 20000, "method": "file-sha256", "cached": False}
        ],
        "invocation": {"args": ["tests"], "selection": {"keyword": "", "marks": "", "deselect": [], "maxfail": 0}},
        "environment": {
            "python": "3.12.7",
            "os": "linux",
            "arch": "x86_64",
            "cpu_count": 8,
            "packages": packages,
            "packages_digest": digest_of(packages),
            "plugins": [],
            "host_hash": "h:2b19c7d0",
        },
        "clock": {
            "started": "2026-11-20T16:52:11.204Z",
            "finished": "2026-11-20T16:55:15.427Z",
            "monotonic_ms": 184220,
        },
        "workers": [{"id": "gw0", "collected": 3, "exit": "clean"}],
        "row_data": {"contains": False, "columns": []},
    }


def record(entry: Mapping[str, Any], value: float, *, attempt: int = 1, verdict: str = "passed") -> Objects:
    metric, limit = entry["metric"], entry["threshold"]["value"]
    bounds = {"low": value - 0.01, "high": value + 0.01, "confidence": 0.95, "method": "delong_logit"}
    sentence = f"{metric} {value}, required at least {limit}"
    return {
        "id": entry["id"],
        "node": entry["nodeid"],
        "attempt": attempt,
        "entry": digest_of(entry),
        "check": entry["check"],
        "label": metric,
        "kind": entry["kind"],
        "title": "The metric meets its limit",
        "verdict": verdict,
        "reason": "bound-meets" if verdict == "passed" else "bound-misses",
        "because": "lower bound ≥ limit",
        "sentence": sentence,
        "value": value,
        "n": 20000,
        "interval": {**bounds, "side": "two"},
        "measurements": [{"name": metric, "value": value, "n": 20000, "unit": "rows", **bounds}],
        "verdicts": [verdict],
        "requirement": {"metric": metric, "comparison": "at_least", "limit": limit, "decision": "interval"},
        "slices": [],
        "findings": [],
        "findings_total": 0,
        "severity": entry["severity"],
        "inputs": {"test": DATA},
        "data": ["test"],
        "attachments": [],
        "duration_ms": 412,
        "pytest_outcome": verdict,
        "flags": ["rerun"] if attempt > 1 else [],
        "message": sentence,
        "worker": "gw0",
    }


def results_object(plan: Mapping[str, Any]) -> Objects:
    entries = {entry["id"]: entry for entry in plan["checks"]}
    return {
        "schema": "mltest/results/v1",
        "records": [record(entries[AUC], 0.8123), record(entries[RECALL], 0.42), record(entries[SCHEMA], 1e-7 + 0.95)],
        "not_run": [],
        "without_check": [PLAIN],
    }


def approval(plan: Mapping[str, Any]) -> Objects:
    return {
        "plan_digest": digest_of(plan),
        "name": "model-validation",
        "role": "approver",
        "approved_at": "2026-11-19T14:05:00Z",
        "comment": "limits as agreed",
        "commit": COMMIT,
        "signature": None,
    }


def good_parts() -> Objects:
    """The four objects, not yet tied together, and the committed files."""
    plan = plan_object()
    files = {"lock": lock_bytes(plan), "approvals": approvals_bytes([approval(plan)])}
    return {"plan": plan, "run": run_object(), "results": results_object(plan), "files": files}


def tied(parts: Objects) -> Objects:
    """Every digest computed, in the order in which a run does it; then the verdict over them."""
    plan, run, results = parts["plan"], parts["run"], parts["results"]
    roles = ("lock", "approvals", "waivers", "trust", "declared", "manual_controls", "controls")
    files: dict[str, bytes] = parts["files"]
    run["inputs"] = {role: digest(files[role]) if role in files else None for role in roles}
    run["lock_digest"] = parts.get("lock_digest", digest_of(plan) if "lock" in files else None)
    for part in (run, results):
        part["plan_digest"] = digest_of(plan)
    results["run_id"] = run["run_id"]
    digests = {name: digest_of(parts[name]) for name in ("plan", "run", "results")}
    committed = Committed(texts=files)
    return parts | {"verdict": verdict_of(plan, run, results, digests, committed=committed), "blobs": committed.blobs()}


def good_objects() -> Objects:
    return tied(good_parts())


def encoded(parts: Objects) -> dict[str, bytes]:
    return {name: canonical(parts[name]) for name in OBJECTS}


def write(parts: Objects, folder: Path) -> Path:
    """The run folder."""
    run = parts["run"]
    begin = {
        "schema": "mltest/begin/v1",
        "run_id": run["run_id"],
        "sequence": run["sequence"],
        "previous_root": run["previous_root"],
        "lock_digest": run["lock_digest"],
        "started": run["clock"]["started"],
        "seed": parts["plan"]["settings"]["seed"],
        "subjects": [],
    }
    folder.mkdir(parents=True)
    (folder / "begin.json").write_bytes(canonical(begin))
    write_run(folder, encoded(parts), parts["blobs"])
    return folder


def write_good(folder: Path) -> Path:
    return write(good_objects(), folder)


def bundled(folder: Path) -> Path:
    """The one-file form beside a run folder."""
    target = folder.parent / f"{folder.name}.evidence.json"
    write_bundle(folder, target)
    return target


def retied(change: Callable[[Objects], object]) -> Objects:
    """A good run with one change, and every digest and the verdict computed again."""
    parts = copy.deepcopy(good_parts())
    change(parts)
    return tied(parts)
