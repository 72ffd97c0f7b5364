"""A project in git with an approved plan, keys that are trusted, and one finished run."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mltest.evidence.seal import keyid_of, public_bytes

__all__ = ["ROLES", "key_text", "locked_project", "private", "run_in"]

TESTS = "import mltest\ndef test_size(): mltest.require(4, at_most=10, name='size')\n"
# The raw bytes of each key, the roles it is trusted for, and until when.
ROLES = {"runner": (b"\0", "runner"), "approver": (b"\1", "approver"), "old": (b"\2", "validator")}
ROLES |= {"lee": (b"\3", "validator")}


def private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(ROLES.get(name, (b"\7", ""))[0] * 32)


def key_text(name: str) -> str:
    return (ROLES.get(name, (b"\7", ""))[0] * 32).hex()


def _trust() -> str:
    rows = ['schema = "mltest/trust/v1"']
    for name, (_, role) in ROLES.items():
        raw = public_bytes(private(name))
        ends = "2021-01-01" if name == "old" else "2099-01-01"
        rows += [
            "[[key]]",
            f'keyid = "{keyid_of(raw)}"',
            f'public = "{base64.b64encode(raw).decode()}"',
            f'owner = "{name}"',
            f'roles = ["{role}"]',
            "not_before = 2020-01-01T00:00:00Z",
            f"not_after = {ends}T00:00:00Z",
        ]
    return "\n".join(rows) + "\n"


def _git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=ann bell", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def locked_project(folder: Path) -> Path:
    """Make the project in a folder and run it; ann bell wrote the plan and lee approved it."""
    (folder / "tests").mkdir()
    (folder / "keys").mkdir()
    files = {"tests/test_x.py": TESTS, "trust.toml": _trust(), "pytest.ini": "[pytest]\n"}
    files |= {".gitignore": "__pycache__/\nkeys/\n.mltest/\n"}
    files |= {f"keys/{name}": key_text(name) for name in (*ROLES, "stranger")}
    for name, text in files.items():
        (folder / name).write_text(text)
    _git(folder, "init", "-q", ".")
    _python(folder, "mltest", "plan", "--", "-p", "no:cacheprovider")
    _git(folder, "add", "--all")
    _git(folder, "commit", "-qm", "plan")
    _python(folder, "mltest", "approve", "--as", "lee", "--role", "approver")
    _git(folder, "add", "--all")
    _git(folder, "commit", "-qm", "approval")
    _python(folder, "pytest", "-q", "-p", "no:cacheprovider", "--mltest-locked")
    return folder


def _python(folder: Path, *words: str) -> None:
    done = subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run_in(folder: Path) -> Path:
    """The folder of its one run."""
    (found,) = folder.glob(".mltest/runs/*")
    return found
