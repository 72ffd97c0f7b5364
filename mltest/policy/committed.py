"""The committed files that a run is judged by: read once, digested, and kept with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError, UsageError
from mltest.evidence.canonical import digest

__all__ = ["NAMES", "Committed"]

NAMES: Mapping[str, str] = {
    "lock": "plan.lock",
    "approvals": "plan.approvals.json",
    "waivers": "waivers.toml",
    "trust": "trust.toml",
    "declared": "declared.toml",
    "manual_controls": "manual_controls.toml",
}


@dataclass(frozen=True, kw_only=True)
class Committed:
    """The bytes of each file that is there, by its role.

    Examples
    --------
    >>> Committed(texts={"waivers": b""}).digests()["waivers"][:15]
    'sha256:e3b0c442'
    """

    texts: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Committed:
        """Those in the project's root folder.

        Raises
        ------
        UsageError
            If one is there and cannot be read.
        """
        places = {role: root / name for role, name in NAMES.items()}
        return cls(texts={role: _bytes(path) for role, path in places.items() if path.is_file()})

    @classmethod
    def of_evidence(cls, evidence: Mapping[str, Any]) -> Committed:
        """Those that a run kept.

        Raises
        ------
        EvidenceError
            If the run names one that its evidence does not hold.
        """
        kept = evidence.get("blobs") or {}
        texts: dict[str, bytes] = {}
        for role, named in (evidence["run"].get("inputs") or {}).items():
            if named is None:
                continue
            if named not in kept:
                msg = f"the run used {NAMES.get(role, role)} with digest {named}, which its evidence does not hold"
                raise EvidenceError(msg)
            texts[role] = kept[named].encode()
        return cls(texts=texts)

    def digests(self) -> dict[str, str | None]:
        """The digest of each, None for one that is not there."""
        return {role: digest(self.texts[role]) if role in self.texts else None for role in (*NAMES, "controls")}

    def blobs(self) -> dict[str, bytes]:
        """The bytes by digest."""
        return {digest(data): data for data in self.texts.values()}


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes().replace(b"\r\n", b"\n")
        data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as refused:
        msg = f"cannot read {path.name}: {refused}"
        raise UsageError(msg) from refused
    return data
