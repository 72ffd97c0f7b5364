"""A run under an approved plan with everything that a page can tell of: its evidence, and what lies beside it."""

from __future__ import annotations

import copy
from typing import Any

from mltest.evidence.canonical import digest_of
from mltest.evidence.store import OBJECTS
from mltest.policy.approvals import approvals_bytes
from mltest.policy.controls import catalogue
from mltest.policy.plan import lock_bytes
from mltest.policy.trend import trend_over
from mltest.report.beside import Beside
from tests.harness import bundle
from tests.policy.locked_sample import waivers
from tests.policy.verification.good_run import AUC, RECALL, Objects, approval, good_parts, retied, tied
from tests.report.evidence_samples import recall_curves, roc_curves

__all__ = ["beside_run", "governed", "governed_by", "signed_off"]

NORTH = "region=north"
DECLARED = b"""schema = "mltest/declared/v1"
[[declared]]
metric = "roc_auc"
value = 0.84
source = "instructions for use 2.3"
[[declared]]
metric = "recall"
value = 0.42
source = "model card 1.2"
"""
ATTESTED = b"""schema = "mltest/manual-controls/v1"
[[attestation]]
control = "EU AI Act/Art. 14(1)"
statement = "Oversight procedure OP-7 exercised on 3 cases"
document = { name = "OP-7.pdf", sha256 = "sha256:5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c5f2c" }
by = "k.ito"
at = 2026-10-30T10:00:00Z
expires = 2027-10-30
"""


def _slice(name: str, value: float, word: str) -> tuple[Objects, Objects]:
    ends = {"low": value - 0.03, "high": value + 0.03, "confidence": 0.95, "method": "delong_logit"}
    found = {"name": "roc_auc", "value": value, "n": 400, "unit": "rows", "slice": name, **ends}
    part = {"name": name, "n": 400, "verdict": word, "suppressed": False, "value": value}
    return found, part | {"interval": {**ends, "side": "two"}}


def _fail(record: Objects) -> None:
    """The AUC misses its limit in one region, and it is drawn."""
    slices = [_slice(NORTH, 0.74, "failed"), _slice("region=south", 0.83, "passed")]
    record |= {
        "verdict": "failed",
        "verdicts": ["failed", "passed"],
        "value": 0.74,
        "interval": {**record["interval"], "low": 0.71, "high": 0.77},
        "measurements": [found for found, _ in slices],
        "slices": [part for _, part in slices],
        "because": f"{NORTH}: even the upper bound 0.770 misses it",
        "sentence": f"roc_auc 0.740 in {NORTH}, required at least 0.78",
        "pytest_outcome": "failed",
        "curves": [*roc_curves(), *recall_curves()],
        "detectable": 0.81,
    }


def _doubt(record: Objects) -> None:
    record |= {
        "verdict": "inconclusive",
        "verdicts": ["inconclusive"],
        "because": "the limit lies between the bounds",
        "detectable": 0.33,
        "n_to_settle": 750,
        "pytest_outcome": "failed",
    }


def _change(parts: Objects) -> None:
    """Fill the good run with what a page must tell of."""
    plan, run, records = parts["plan"], parts["run"], parts["results"]["records"]
    for entry in plan["checks"]:
        entry["owner"] = "credit-risk"
        if entry["id"] == AUC:
            entry |= {"controls": ["EU AI Act/Art. 15(1)", "ML Test Score/Model 6"], "demands": {"by": "region"}}
    _fail(next(record for record in records if record["id"] == AUC))
    _doubt(next(record for record in records if record["id"] == RECALL))
    run["ci"] = {"provider": "github", "run_url": "https://git.example.com/acme/pd/runs/77"}
    line = {"kind": "threshold_loosened", "rank": 2, "direction": "loosened", "id": AUC, "field": "threshold"}
    line |= {
        "old": 0.8,
        "new": 0.78,
        "text": f"{AUC}: threshold >= 0.80 -> 0.78",
        "effect": "the old limit would fail too",
    }
    run["baseline"] = {"root": digest_of("before"), "release": "2.2.0", "lines": [line]}
    entries = {entry["id"]: digest_of(entry) for entry in plan["checks"]}
    for record in records:
        record["entry"] = entries[record["id"]]
    known = catalogue().only(["eu-ai-act", "ml-test-score"])
    parts["files"] = {
        "lock": lock_bytes(plan),
        "approvals": approvals_bytes([approval(plan)]),
        "waivers": waivers(
            {"check": f'"{AUC}"'}, {"id": '"W-2026-015"', "check": f'"{RECALL}"', "expires": "2026-10-01"}
        ),
        "declared": DECLARED,
        "manual_controls": ATTESTED,
        "controls": known.recorded(),
    }


def governed_by(change: Any = None) -> dict[str, Any]:
    """The evidence in its one-file form; ``change`` is applied to its parts before they are tied together."""

    def both(parts: Objects) -> None:
        _change(parts)
        if change is not None:
            change(parts)

    return _bundled(retied(both))


def _bundled(parts: Objects) -> dict[str, Any]:
    blobs = {name: data.decode() for name, data in parts["blobs"].items()}
    return bundle({name: parts[name] for name in OBJECTS}, blobs)


def governed() -> dict[str, Any]:
    """A failure that is waived, an inconclusive check whose waiver has ended, declared values, controls."""
    return governed_by()


def signed_off(evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """Two sign-offs over its root, and one over another."""
    plain = {"schema": "mltest/signoff/v1", "root": evidence["evidence_root"], "comment": "", "utc_offset": "+09:00"}
    plain |= {"signed_at": "2026-11-20T18:00:00.000Z", "conditions": [], "decision": "accepted"}
    first = {"name": "K. Ito", "role": "validator", "meaning": "validation", "file": "signoff-1.json"}
    asked = {"decision": "accepted with conditions", "conditions": ["retrain in March"]}
    second = {"name": "R. Vela", "role": "owner", "meaning": "approval", "file": "signoff-2.json"}
    envelope = {"signature": {"signatures": [{"keyid": "56475aa75463474c", "sig": "x"}]}}
    return [
        plain | first | asked,
        plain | second | envelope,
        plain | second | {"root": digest_of("x"), "name": "Other"},
    ]


def _earlier(at: int) -> tuple[str, dict[str, Any]]:
    parts = copy.deepcopy(good_parts())
    parts["run"]["clock"]["finished"] = f"2026-11-{10 + at:02}T16:55:15.427Z"
    parts["run"]["run_id"] = f"01k9x2m4t7q8r5v6w3y0z1a2{at:02}"
    for record in parts["results"]["records"]:
        record["value"] -= at / 200
    return f"runs/{at}", _bundled(tied(parts))


def beside_run(evidence: dict[str, Any]) -> Beside:
    """Sign-offs, an earlier run to compare with, and the trend over eight."""
    runs = [_earlier(at) for at in range(8)]
    return Beside(
        signoffs=signed_off(evidence),
        baseline=runs[0][1],
        previous=runs[-1][1],
        trend={**trend_over([*runs, ("this run", evidence)]), "unreadable": [{"place": "runs/x", "why": "is broken"}]},
    )
