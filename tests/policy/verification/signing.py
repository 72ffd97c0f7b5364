"""Keys that are no secret, whose owners sign runs and approvals in tests."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from mltest.evidence.canonical import canonical, digest
from mltest.evidence.seal import ROOT_SUBJECT, keyid_of, public_bytes, sign
from mltest.policy.approvals import ENVELOPE, approvals_bytes
from tests.policy.verification.good_run import Objects, approval, good_parts, tied, write


def key_of(number: int) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def keyid(number: int) -> str:
    return keyid_of(public_bytes(key_of(number)))


def trusted(number: int, owner: str, role: str, **more: str) -> str:
    public = base64.b64encode(public_bytes(key_of(number))).decode()
    rows = {"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z", **more}
    times = "\n".join(f"{name} = {value}" for name, value in rows.items())
    return f'[[key]]\nkeyid = "{keyid(number)}"\npublic = "{public}"\nowner = "{owner}"\nroles = ["{role}"]\n{times}\n'


def trust(*rows: str) -> bytes:
    usual = (trusted(1, "ci", "runner"), trusted(2, "model-validation", "approver"))
    return ('schema = "mltest/trust/v1"\n' + "".join(rows or usual)).encode()


def signed_parts(keys: bytes | None = None, approver: int = 2) -> Objects:
    """The good run, with a signed approval and a list of trusted keys."""
    parts = good_parts()
    entry = approval(parts["plan"])
    entry["signature"] = canonical(sign(canonical({**entry, "signature": ""}), key_of(approver), ENVELOPE)).decode()
    parts["files"] |= {"approvals": approvals_bytes([entry]), "trust": keys or trust()}
    return parts


def envelope_over(root: str, runner: int = 1) -> bytes:
    subject = {"name": ROOT_SUBJECT, "digest": {"sha256": root.removeprefix("sha256:")}}
    return canonical(sign(canonical({"subject": [subject]}), key_of(runner)))


def sign_root(folder: Path, runner: int = 1, root: str | None = None) -> Path:
    path = folder / "signatures" / f"root-{keyid(runner)[:16]}.dsse.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(envelope_over(root or digest((folder / "root.json").read_bytes()), runner))
    return path


def write_signed(folder: Path, parts: Objects | None = None) -> Path:
    written = write(tied(parts or signed_parts()), folder)
    sign_root(written)
    return written
