"""The sign-offs beside a run, and which of them stand under a trusted key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError, MissingDependency
from mltest.evidence.signoff import UNSIGNED, read_signoff, signer_of
from mltest.policy.approvals import is_author
from mltest.policy.trust import ROLES, Key, read_trust

__all__ = ["RUNNER", "approvals_signed", "signoffs_in", "signoffs_of", "signoffs_shown", "trusted_for"]

RUNNER = "runner"


def signoffs_in(folder: Path) -> list[dict[str, Any]]:
    """The sign-offs in a folder ``signatures``, by number, each with the name of its ``file``."""
    paths = [path for path in folder.glob("signoff-*.json") if _number(path) is not None]
    found = []
    for path in sorted(paths, key=lambda path: _number(path) or 0):
        try:
            found.append({**read_signoff(path.read_bytes(), path.name), "file": path.name})
        except OSError as refused:
            msg = f"cannot read {path}: {refused.strerror or refused}"
            raise EvidenceError(msg) from refused
    return found


def _number(path: Path) -> int | None:
    text = path.stem.removeprefix("signoff-")
    return int(text) if text.isdecimal() else None


def signoffs_of(folder: Path, root: str) -> list[dict[str, Any]]:
    """Those over one root; a sign-off is valid for no other."""
    return [row for row in signoffs_in(folder) if row["root"] == root]


def signoffs_shown(evidence: Mapping[str, Any], folder: Path, trust: bytes | None = None) -> list[dict[str, Any]]:
    """The sign-offs of a run, each with ``proven`` and, in ``proof``, what stands behind the name.

    Parameters
    ----------
    evidence : mapping
        What the run left, with its kept files.
    folder : Path
        Where its signatures are.
    trust : bytes, optional
        Whose keys to trust; by default trust.toml as the run kept it.

    Raises
    ------
    EvidenceError
        If a sign-off cannot be read.
    UsageError
        If trust.toml has mistakes.
    """
    rows = signoffs_of(folder, evidence["evidence_root"])
    named = (evidence["run"].get("inputs") or {}).get("trust")
    kept = (evidence.get("blobs") or {}).get(named)
    data = trust if trust is not None else kept.encode() if kept else None
    keys = {key.keyid: key for key in read_trust(data)} if data is not None else {}
    return [{**row, **_proof(row, keys)} for row in rows]


def approvals_signed(evidence: Mapping[str, Any], folder: Path, trust: bytes | None = None) -> list[dict[str, Any]]:
    """The approvals of a run whose signatures hold for trusted keys; arguments as ``signoffs_shown``."""
    return [row for row in signoffs_shown(evidence, folder, trust) if row["meaning"] == "approval" and row["proven"]]


def _proof(row: Mapping[str, Any], keys: Mapping[str, Key]) -> dict[str, Any]:
    if row.get("signature") is None:
        return {"proven": False, "proof": UNSIGNED}
    said = {name: value for name, value in row.items() if name != "file"}
    try:
        signers = signer_of(said, {keyid: key.public for keyid, key in keys.items()})
        at = datetime.fromisoformat(row["signed_at"])
    except (EvidenceError, MissingDependency, ValueError) as wrong:
        return {"proven": False, "proof": f"not proven: {wrong}"}
    problems = {keyid: trusted_for(keys[keyid], str(row["role"]), at, str(row["name"])) for keyid in signers}
    good = [keyid for keyid, problem in problems.items() if problem is None]
    if good:
        return {"proven": True, "proof": f"signed by key {good[0]} of {keys[good[0]].owner}"}
    return {"proven": False, "proof": f"not proven: key {signers[0]} {problems[signers[0]]}"}


def trusted_for(key: Key, role: str, at: datetime, name: str | None = None) -> str | None:
    """Why a key may not sign in a role at a time, or None where it may.

    What a person says is signed with a key of that person: its owner is the name as printed. Roles that trust.toml
    knows need a key of that role, others any but one that is only a runner's.
    """
    if name is not None and not is_author(name, [key.owner]):
        return f"belongs to {key.owner}, not to {name}"
    fits = role in key.roles if role in ROLES else bool(set(key.roles) - {RUNNER})
    if not fits:
        return f"not trusted for role {role} (its roles: {', '.join(key.roles)})"
    return key.problem(at)
