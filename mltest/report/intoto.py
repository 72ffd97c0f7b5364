"""in-toto: the test result v0.1 of a run, and the simple verification result v0.2 of evidence that was verified.

A waiver does not change the test result; it shows in the verification result, which exists only where the gate allows.
So whoever honours waivers reads the second, and whoever does not reads the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mltest.errors import EvidenceError
from mltest.evidence.canonical import canonical
from mltest.evidence.seal import ROOT_SUBJECT
from mltest.report.judgements import Judgement, judgements_of
from mltest.report.reading import evidence_parts

__all__ = ["TEST_RESULT", "VERIFICATION", "render", "render_verification"]

TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
VERIFICATION = "https://in-toto.io/attestation/svr/v0.2"
_STATEMENT = "https://in-toto.io/Statement/v1"
_POLICIES = (("lock", "plan.lock"), ("waivers", "waivers.toml"))
_ALLOWED = {"allow": "MLTEST_GATE_ALLOW", "allow_conditional": "MLTEST_GATE_ALLOW_CONDITIONAL"}


def render(evidence: Mapping[str, Any]) -> bytes:
    """The statement with the test result, in canonical form: the bytes that are signed.

    Ids stand as they are in evidence. The commit is a subject only of a clean tree, since otherwise it is not what
    was tested; an address of data is left out, since evidence does not know whether it is public.
    """
    evidence_parts(evidence)
    rows = judgements_of(evidence)
    passed, warned, failed = ([row.id for row in rows if _kind(row) == kind] for kind in ("passed", "warned", "failed"))
    ci = evidence["run"].get("ci") or {}
    predicate = {
        "result": "FAILED" if failed or not passed else "WARNED" if warned else "PASSED",
        "configuration": [*_policies(evidence), *_data(evidence)],
        **({"url": ci["run_url"]} if ci.get("run_url") else {}),
        "passedTests": passed,
        "warnedTests": warned,
        "failedTests": failed,
    }
    return _statement(evidence, TEST_RESULT, predicate)


def _kind(row: Judgement) -> str:
    if row.verdict == "passed" and row.gate == "ok":
        return "warned" if row.unsteady else "passed"
    if row.verdict in ("not_run", "not_applicable") and not row.required:
        return "warned"
    return "failed"


def render_verification(evidence: Mapping[str, Any], *, grade: str, verified_at: str, verifier: str) -> bytes:
    """The statement that the evidence was verified, in canonical form.

    Parameters
    ----------
    evidence : mapping
        Evidence that held against everything in ``mltest verify``.
    grade : str
        What the verification came to.
    verified_at : str
        When, as ``2026-11-21T06:03:00.000Z``.
    verifier : str
        Who verified, as a URI with a version.

    Raises
    ------
    EvidenceError
        If the gate does not allow: then there is nothing that was verified.
    """
    evidence_parts(evidence)
    verdict = evidence["verdict"]
    if verdict["gate"] not in _ALLOWED:
        msg = f"no verification result: it is made where the gate allows, and this gate is {verdict['gate']}"
        raise EvidenceError(msg)
    whole = verdict["completeness"]
    held = {
        "MLTEST_PLAN_MATCHED": evidence["run"].get("plan_status") == "matched",
        "MLTEST_COMPLETE": bool(whole["holds"]) and not whole["not_run"],
        _ALLOWED[verdict["gate"]]: True,
        f"MLTEST_GRADE_{grade}": grade != "E0",
    }
    predicate = {
        "verifier": {"id": verifier, "policies": list(_policies(evidence))},
        "timeCreated": verified_at,
        "properties": [name for name, holds in held.items() if holds],
    }
    return _statement(evidence, VERIFICATION, predicate)


def _statement(evidence: Mapping[str, Any], kind: str, predicate: Mapping[str, Any]) -> bytes:
    subjects = [*_subjects(evidence["run"]), _described(ROOT_SUBJECT, evidence["evidence_root"])]
    return canonical({"_type": _STATEMENT, "subject": subjects, "predicateType": kind, "predicate": predicate})


def _subjects(run: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    source = run.get("source") or {}
    if source.get("commit") and not source.get("dirty"):
        yield {"name": str(source.get("remote") or "source"), "digest": {"gitCommit": source["commit"]}}
    for row in run.get("subjects") or ():
        if row.get("role") == "candidate" and row.get("digest"):
            yield _described(str(row["name"]), row["digest"], row.get("method"))


def _policies(evidence: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    used = evidence["run"].get("inputs") or {}
    for role, name in _POLICIES:
        if used.get(role):
            yield _described(name, used[role])


def _data(evidence: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = evidence["run"].get("data_seen") or ()
    for row in rows:
        if row.get("digest"):
            yield _described(str(row["id"]), row["digest"], row.get("method"))


def _described(name: str, digest: str, method: object = None) -> dict[str, Any]:
    """A resource by its digest; one that is no digest of the bytes of a file goes by the name of its method."""
    algorithm = "sha256" if method in (None, "", "file-sha256") else str(method)
    return {"name": name, "digest": {algorithm: digest.removeprefix("sha256:")}}
