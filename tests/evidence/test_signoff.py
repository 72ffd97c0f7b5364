from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mltest.errors import EvidenceError, TrustError, UsageError
from mltest.evidence.canonical import canonical
from mltest.evidence.seal import keyid_of, public_bytes, sign
from mltest.evidence.signoff import (
    DECISIONS,
    PAYLOAD_TYPE,
    read_signoff,
    signed_signoff,
    signer_of,
    signoff_of,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KNOWN = {keyid_of(public_bytes(KEY)): public_bytes(KEY)}
AT = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))


def said(**given):
    plain = {"name": "k.ito", "role": "validator", "meaning": "approval", "at": AT}
    return signoff_of("sha256:1d", **(plain | given))


def test_name_time_and_meaning_stand_together():
    assert said(comment="looked at the slices") == {
        "schema": "mltest/signoff/v1",
        "root": "sha256:1d",
        "name": "k.ito",
        "role": "validator",
        "meaning": "approval",
        "decision": "accepted",
        "conditions": [],
        "comment": "looked at the slices",
        "signed_at": "2026-11-21T04:00:00.000Z",
        "utc_offset": "+05:30",
    }


@pytest.mark.parametrize(
    ("offset", "text"),
    [(timedelta(), "+00:00"), (timedelta(hours=-3, minutes=-30), "-03:30"), (timedelta(hours=14), "+14:00")],
)
def test_the_offset_of_the_place(offset, text):
    assert said(at=datetime(2026, 1, 1, tzinfo=timezone(offset)))["utc_offset"] == text


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        ({}, DECISIONS[0]),
        ({"conditions": ["retrain in March"]}, DECISIONS[1]),
        ({"meaning": "rejection"}, DECISIONS[2]),
        ({"meaning": "rejection", "conditions": ["come back with more rows"]}, DECISIONS[2]),
    ],
)
def test_the_decision_follows_from_the_rest(given, decision):
    assert said(**given)["decision"] == decision


@pytest.mark.parametrize(
    "given",
    [
        {"meaning": "rejection", "decision": DECISIONS[0]},
        {"decision": DECISIONS[2]},
        {"decision": DECISIONS[0], "conditions": ["x"]},
        {"decision": DECISIONS[1]},
    ],
)
def test_contradictions_are_refused(given):
    with pytest.raises(UsageError):
        said(**given)


def test_a_signature_is_over_exactly_what_is_said():
    whole = signed_signoff(said(), KEY)
    assert signer_of(read_signoff(canonical(whole)), KNOWN) == tuple(KNOWN)
    assert signer_of(said(), KNOWN) == ()
    for name, value in (("root", "sha256:2e"), ("name", "a.bell"), ("signed_at", "2026-11-20T04:00:00.000Z")):
        with pytest.raises(TrustError, match="another sign-off"):
            signer_of({**whole, name: value}, KNOWN)
    with pytest.raises(TrustError):
        signer_of({**whole, "signature": sign(canonical(said()), KEY, "text/plain")}, KNOWN)
    with pytest.raises(TrustError, match="no known key"):
        signer_of(whole, {})
    assert whole["signature"]["payloadType"] == PAYLOAD_TYPE


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", canonical(said() | {"schema": "x"}), canonical(said() | {"name": 1})]
)
def test_what_is_no_signoff_is_called_so(data):
    with pytest.raises(EvidenceError):
        read_signoff(data)
