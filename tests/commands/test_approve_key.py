"""An approval is signed with the approver's own key, good today; a typed one may be followed by a signed one."""

from __future__ import annotations

import base64

import pytest

from mltest.cli import main
from mltest.policy.approvals import read_approvals
from mltest.policy.plan import lock_bytes

pytest.importorskip("cryptography")
PLAN = {"schema": "mltest/plan/v1", "checks": []}
GOOD = {"owner": "bo", "roles": "approver"}
KEYS = {
    "good": GOOD,
    "revoked": {**GOOD, "more": 'revoked_at = 2021-01-01T00:00:00Z\nreason = "lost"\n'},
    "expired": {**GOOD, "ends": "2021-01-01"},
    "foreign": {**GOOD, "owner": "cy"},
    "runner": {**GOOD, "roles": "runner"},
}


def row(number, owner, roles, ends="2099-01-01", more=""):
    from mltest.evidence.seal import keyid_of, public_bytes
    from tests.policy.verification.signing import key_of

    raw = public_bytes(key_of(number))
    return (
        f'[[key]]\nkeyid = "{keyid_of(raw)}"\npublic = "{base64.b64encode(raw).decode()}"\nowner = "{owner}"\n'
        f'roles = ["{roles}"]\nnot_before = 2020-01-01T00:00:00Z\nnot_after = {ends}T00:00:00Z\n{more}'
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.lock").write_bytes(lock_bytes(PLAN))
    rows = [row(number, **said) for number, said in enumerate(KEYS.values(), start=1)]
    (tmp_path / "trust.toml").write_text('schema = "mltest/trust/v1"\n' + "\n".join(rows))
    for number, name in enumerate((*KEYS, "stranger"), start=1):
        (tmp_path / name).write_text((bytes([number]) * 32).hex())
    return tmp_path


def approve(name, *words):
    return main(["approve", "--as", name, "--role", "approver", *words])


def signatures(folder):
    return [bool(entry["signature"]) for entry in read_approvals((folder / "plan.approvals.json").read_bytes())]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("revoked", "revoked 2021-01-01"),
        ("expired", "expired 2021-01-01"),
        ("foreign", "belongs to cy, not to bo"),
        ("runner", "not trusted for role approver"),
        ("stranger", "does not list it"),
    ],
)
def test_a_key_that_is_not_trusted_signs_nothing(folder, key, says, capsys):
    assert approve("bo", "--key", key) == 4
    assert says in capsys.readouterr().err
    assert not (folder / "plan.approvals.json").exists()


def test_a_typed_approval_may_be_followed_by_a_signed_one(folder, capsys):
    assert approve("bo") == 0
    assert approve("bo", "--key", "nowhere") == 3
    assert signatures(folder) == [False]
    for again in (("--key", "good"), ("--key", "good"), ()):
        assert approve("Bo" if again else "bo", *again) == 0
        assert signatures(folder) == [False, True]
    assert "before" in capsys.readouterr().out
