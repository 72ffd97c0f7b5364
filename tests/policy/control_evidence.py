"""Plans, runs and results made by hand, as small as a question about a control needs them."""

from __future__ import annotations

from typing import Any

DAY = "2026-11-21"


def run(*, locked: bool = True, day: str = DAY) -> dict[str, Any]:
    return {"plan_status": "matched" if locked else "absent", "clock": {"finished": f"{day}T10:00:00.000Z"}}


def planned(name: str, kind: str = "model.performance", *controls: str, **given: Any) -> dict[str, Any]:
    """The entry of a check in a lock."""
    node = f"tests/test_m.py::{name}"
    plain = {
        "id": f"{node}#c:{name}",
        "nodeid": node,
        "kind": kind,
        "controls": list(controls),
        "slices": [],
        "demands": {},
    }
    return plain | given


def collected(name: str, *controls: str) -> dict[str, Any]:
    """The entry of a test where there is no lock."""
    node = f"tests/test_m.py::{name}"
    return {"id": node, "nodeid": node, "kind": "test", "controls": list(controls)}


def judged(name: str, verdict: str = "passed", **given: Any) -> dict[str, Any]:
    node = f"tests/test_m.py::{name}"
    plain = {
        "id": f"{node}#c:{name}",
        "node": node,
        "attempt": 1,
        "entry": "sha256:e",
        "kind": "model.performance",
        "verdict": verdict,
        "slices": [],
    }
    return plain | given


def results(*records: dict[str, Any], not_run: tuple[str, ...] = ()) -> dict[str, Any]:
    missed = [{"id": identifier, "reason": "skipped", "detail": ""} for identifier in not_run]
    return {"records": list(records), "not_run": missed}


def attested(control: str, /, **given: Any) -> dict[str, Any]:
    plain = {
        "control": control,
        "statement": "Oversight procedure OP-7 exercised on 3 cases",
        "document": {"name": "OP-7.pdf", "sha256": "sha256:5f2c"},
        "by": "k.ito",
        "at": "2026-10-30T10:00:00Z",
        "expires": "2027-10-30",
    }
    return plain | given
