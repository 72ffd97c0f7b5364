"""A waiver's signature is over what the waiver says, by the person whom it names as its approver."""

from __future__ import annotations

import pytest

from mltest.cli import main
from mltest.policy.waiver import read_waivers
from mltest.policy.waiver_signature import envelope_of, payload_of, signature_of
from tests.policy.verification.signing import key_of, signed_parts, trust, trusted, write_signed

pytest.importorskip("cryptography")
TEXT = """schema = "mltest/waivers/v1"

[[waiver]]
id = "W-1"
check = "tests/test_pd.py::test_auc#model.metric:roc_auc"
covers = ["inconclusive"]
reason = "Too few defaults until the spring to show the limit"
risk = "The ranking may be worse than stated"
requested_by = "credit-risk"
approved_by = "model-validation"
approved_at = 2026-11-02T09:00:00Z
expires = 2026-12-31
"""


def signed_text(number=2, text=TEXT):
    [waiver] = read_waivers(text.encode())
    return f'{text}signature = "{signature_of(waiver, key_of(number))}"\n'


def run_with(tmp_path, text):
    parts = signed_parts(trust())
    parts["files"]["waivers"] = text.encode()
    return write_signed(tmp_path / "run", parts)


def test_a_signature_that_holds_is_no_finding(tmp_path, verify):
    status, codes, _ = verify(run_with(tmp_path, signed_text()))
    assert (status, codes) == (0, [])


@pytest.mark.parametrize(
    ("before", "after"),
    [("2026-12-31", "2027-01-15"), ("Too few", "Too many"), ('"inconclusive"', '"not_run"'), ("credit-risk", "nobody")],
)
def test_no_word_of_a_signed_waiver_can_be_changed(tmp_path, verify, before, after):
    status, codes, _ = verify(run_with(tmp_path, signed_text().replace(before, after)))
    assert status == 4
    assert "MLW20" in codes


@pytest.mark.parametrize("number", [1, 9], ids=["a key of another role", "a key that nobody knows"])
def test_only_the_approver_signs(tmp_path, verify, number):
    status, codes, _ = verify(run_with(tmp_path, signed_text(number)))
    assert status == 4
    assert set(codes) & {"MLV31", "MLW20"}


def test_what_is_no_signature_does_not_verify(tmp_path, verify):
    status, codes, _ = verify(run_with(tmp_path, f'{TEXT}signature = "J. Smith"\n'))
    assert (status, codes) == (4, ["MLW20"])


def test_the_order_of_keys_and_the_zone_of_a_time_change_nothing():
    [one] = read_waivers(TEXT.encode())
    [other] = read_waivers(TEXT.replace("2026-11-02T09:00:00Z", "2026-11-02T10:00:00+01:00").encode())
    assert payload_of(one) == payload_of(other)
    assert envelope_of(one) is None


def test_the_command_prints_the_line_that_signs(tmp_path, monkeypatch, capsys):
    key = tmp_path / "key"
    key.write_text((bytes([2]) * 32).hex())
    (tmp_path / "waivers.toml").write_text(TEXT)
    own = trusted(2, "model-validation", "approver", not_after="2099-01-01T00:00:00Z")
    (tmp_path / "trust.toml").write_bytes(trust(own))
    monkeypatch.chdir(tmp_path)
    words = ["approve", "--as", "model-validation", "--role", "approver", "--waiver", "W-1"]
    assert main([*words, "--key", str(key)]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert f"{TEXT}{line}\n" == signed_text()
    assert main(words) == 2
    assert main([*words[:2], "somebody", *words[3:], "--key", str(key)]) == 2
    assert main([*words[:-1], "W-2", "--key", str(key)]) == 2
    assert "nearest is 'W-1'" in capsys.readouterr().err
