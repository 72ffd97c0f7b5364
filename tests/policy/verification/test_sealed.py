"""Signatures of root and approval: grade E3 where all of them hold, and a code for each way in which they do not."""

from __future__ import annotations

import json

import pytest

from mltest.policy.verification import sealed
from tests.policy.verification.good_run import EARLIER, approval, bundled, tied, write
from tests.policy.verification.signing import (
    envelope_over,
    sign_root,
    signed_parts,
    trust,
    trusted,
    write_signed,
)

pytest.importorskip("cryptography")


@pytest.fixture
def signed(tmp_path):
    return write_signed(tmp_path / "run")


def test_root_and_approval_that_hold_leave_the_chain(signed, verify):
    status, codes, told = verify(signed)
    assert (status, codes, told["grade"]) == (0, [], "E2")
    assert told["grade_limits"] == ["no store, so earlier runs cannot be shown"] or "chain" in told["grade_limits"][-1]
    assert not any("(T2)" in text for text in told["not_shown"])


def test_with_the_chain_it_is_e3(signed, tmp_path, verify):
    status, codes, told = verify(signed, "--chain", tmp_path, "--require-grade", "E3")
    assert (status, codes, told["grade"]) == (0, [], "E3")


def test_t30_a_signature_that_is_gone_limits_the_grade(signed, tmp_path, verify):
    next((signed / "signatures").iterdir()).unlink()
    status, codes, told = verify(signed, "--chain", tmp_path)
    assert (status, codes, told["grade"]) == (0, [], "E2")
    assert "root not signed" in told["grade_limits"]
    status, codes, _ = verify(signed, "--chain", tmp_path, "--require-grade", "E3")
    assert status == 4
    assert "MLV30" in codes


def test_t30_a_signature_of_an_unknown_key(signed, verify):
    next((signed / "signatures").iterdir()).unlink()
    sign_root(signed, runner=9)
    assert verify(signed)[:2] == (4, ["MLV31"])


def test_t30_a_key_that_is_no_runner(signed, verify):
    next((signed / "signatures").iterdir()).unlink()
    sign_root(signed, runner=2)
    assert verify(signed)[:2] == (4, ["MLV31"])


def test_a_signature_that_does_not_hold(signed, verify):
    path = next((signed / "signatures").iterdir())
    envelope = json.loads(path.read_bytes())
    other = json.loads(envelope_over(EARLIER))
    envelope["payload"] = other["payload"]
    path.write_text(json.dumps(envelope, sort_keys=True, separators=(",", ":")))
    assert verify(signed)[:2] == (4, ["MLV30"])


@pytest.mark.parametrize(
    "row",
    [
        trusted(1, "ci", "runner", revoked_at="2026-10-01T00:00:00Z", reason='"lost"'),
        trusted(1, "ci", "runner", not_after="2026-06-01T00:00:00Z"),
    ],
    ids=["revoked", "expired"],
)
def test_t31_a_key_that_was_not_good_then(row, tmp_path, verify):
    keys = trust(row, trusted(2, "model-validation", "approver"))
    folder = write_signed(tmp_path / "run", signed_parts(keys))
    status, codes, told = verify(folder)
    assert (status, codes) == (4, ["MLV32"])
    assert told["findings"][0]["text"].endswith("signature dated later")


def test_t32_a_signature_of_another_root(signed, verify):
    sign_root(signed, root=EARLIER)
    assert verify(signed)[:2] == (4, ["MLV33"])
    beside = signed.parent / "one"
    beside.mkdir()
    whole = bundled(signed).rename(beside / "evidence.json")
    (signed / "signatures").rename(beside / "signatures")
    assert verify(whole)[:2] == (4, ["MLV33"])


def test_the_callers_own_trust_counts_before_the_runs(signed, tmp_path, verify):
    own = tmp_path / "own.toml"
    own.write_bytes(trust(trusted(5, "somebody", "runner")))
    status, codes, _ = verify(signed, "--trust", own)
    assert status == 4
    assert set(codes) == {"MLV31"}


def test_an_approval_signed_by_another_person(tmp_path, verify):
    keys = trust(trusted(1, "ci", "runner"), trusted(3, "somebody", "approver"))
    folder = write_signed(tmp_path / "run", signed_parts(keys, approver=3))
    assert verify(folder)[:2] == (4, ["MLV31"])


def test_an_approval_whose_words_were_changed_after_it_was_signed(tmp_path, verify):
    from mltest.policy.approvals import approvals_bytes, read_approvals

    parts = signed_parts()
    [entry] = read_approvals(parts["files"]["approvals"])
    parts["files"]["approvals"] = approvals_bytes([{**entry, "role": "owner"}])
    folder = write_signed(tmp_path / "run", parts)
    assert verify(folder)[:2] == (4, ["MLV31"])


def test_without_cryptography_nothing_is_claimed(signed, tmp_path, verify, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat.primitives.asymmetric", None)
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)
    status, codes, told = verify(signed, "--chain", tmp_path)
    assert (status, codes, told["grade"]) == (0, [], "E2")
    assert sealed.UNCHECKED in told["grade_limits"]
    status, codes, _ = verify(signed, "--chain", tmp_path, "--require-grade", "E3")
    assert status == 4


def test_an_unsigned_approval_keeps_it_below_e3(tmp_path, verify):
    from mltest.policy.approvals import approvals_bytes

    parts = signed_parts()
    parts["files"]["approvals"] = approvals_bytes([approval(parts["plan"])])
    folder = write(tied(parts), tmp_path / "run")
    sign_root(folder)
    _, _, told = verify(folder, "--chain", tmp_path)
    assert told["grade"] == "E2"
    assert "approval not signed" in told["grade_limits"]


@pytest.mark.parametrize(
    "other", [{"name": "Ann Bell"}, {"approved_at": "2026-11-20T17:00:00Z"}], ids=["author", "late"]
)
def test_a_signature_under_an_approval_that_does_not_count_proves_none(other, tmp_path, verify):
    from mltest.evidence.canonical import canonical
    from mltest.evidence.seal import sign
    from mltest.policy.approvals import ENVELOPE, approvals_bytes
    from tests.policy.verification.signing import key_of

    owner = other.get("name", "model-validation")
    parts = signed_parts(trust(trusted(1, "ci", "runner"), trusted(2, owner, "approver")))
    typed = approval(parts["plan"])
    entry = {**typed, **other}
    entry["signature"] = canonical(sign(canonical({**entry, "signature": ""}), key_of(2), ENVELOPE)).decode()
    parts["files"]["approvals"] = approvals_bytes([typed, entry])
    _, codes, told = verify(write_signed(tmp_path / "run", parts), "--chain", tmp_path)
    assert (codes, told["grade"]) == ([], "E2")
    assert "approval not signed" in told["grade_limits"]


def test_a_run_does_not_say_that_a_signature_holds_which_it_did_not_check():
    whole = tied(signed_parts())
    assert "signature of the approval not checked" in whole["verdict"]["grade_limits"]
    assert "approval not signed" not in whole["verdict"]["grade_limits"]


def test_a_store_in_memory_shows_no_earlier_runs():
    parts = signed_parts()
    parts["run"]["store"] = {"uri": "memory://x", "lock": "unknown", "begun": True}
    assert "no store, so earlier runs cannot be shown" in tied(parts)["verdict"]["grade_limits"]
    parts["run"]["store"]["uri"] = "gs://bucket/x"
    assert not any("no store" in limit for limit in tied(parts)["verdict"]["grade_limits"])


def test_a_sign_off_is_for_one_root(signed, verify):
    from datetime import UTC, datetime

    from mltest.evidence.canonical import canonical
    from mltest.evidence.signoff import signoff_of

    said = signoff_of(EARLIER, name="k.ito", role="quality", meaning="review", at=datetime(2026, 11, 21, tzinfo=UTC))
    (signed / "signatures" / "signoff-1.json").write_bytes(canonical(said))
    assert verify(signed)[:2] == (4, ["MLV33"])
