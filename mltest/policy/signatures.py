"""The sign-offs beside a run, and which of them stand under a trusted key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError, MissingDependency, TrustError
from mltest.evidence.signoff import read_signoff, signer_of
from mltest.policy.trust import Key, read_trust

__all__ = ["RUNNER", "approvals_signed", "signoffs_in", "signoffs_of", "trusted_for"]

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


def approvals_signed(evidence: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The approvals of this root whose signatures hold for keys of the trust.toml that the run kept.

    Parameters
    ----------
    evidence : mapping
        What the run left, with its kept files.
    folder : Path
        Where its signatures are.
    """
    named = (evidence["run"].get("inputs") or {}).get("trust")
    kept = (evidence.get("blobs") or {}).get(named)
    rows = [row for row in signoffs_of(folder, evidence["evidence_root"]) if row.get("signature")]
    if not kept or not rows:
        return []
    keys = {key.keyid: key for key in read_trust(kept.encode())}
    return [row for row in rows if row["meaning"] == "approval" and _holds(row, keys)]


def _holds(row: Mapping[str, Any], keys: Mapping[str, Key]) -> bool:
    said = {name: value for name, value in row.items() if name != "file"}
    try:
        signers = signer_of(said, {keyid: key.public for keyid, key in keys.items()})
    except (TrustError, EvidenceError, MissingDependency):
        return False
    at = datetime.fromisoformat(row["signed_at"])
    return any(trusted_for(keys[keyid], str(row["role"]), at) is None for keyid in signers)


def trusted_for(key: Key, role: str, at: datetime) -> str | None:
    """Why a key may not sign in a role at a time, or None where it may.

    The root is signed by a runner's key, and by no other; a person's sign-off by any key but one that is only a
    runner's.
    """
    problem = key.problem(at)
    if problem is not None:
        return problem
    fits = RUNNER in key.roles if role == RUNNER else bool(set(key.roles) - {RUNNER})
    return None if fits else f"not trusted for role {role} (its roles: {', '.join(key.roles)})"
