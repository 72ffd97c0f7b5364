from __future__ import annotations

import base64
import json
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from mltest.errors import ArtifactError, EvidenceError, MissingDependency, TrustError, UsageError
from mltest.evidence.canonical import canonical, digest
from mltest.evidence.seal import (
    IN_TOTO,
    keyid_of,
    pre_authentication,
    private_key,
    public_bytes,
    sign,
    signers_of,
    verify_envelope,
)

RAW = bytes(range(32))
KEYID = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
ROOT = "c9d37961bc39574389eec8970c91b6e8fc3cbae955232c1b432e4ff67bc711df"
STATEMENT = canonical(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "mltest-evidence-root", "digest": {"sha256": ROOT}}],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": "FAILED",
            "configuration": [],
            "passedTests": [],
            "warnedTests": [],
            "failedTests": [],
        },
    }
)


@pytest.fixture
def key(tmp_path):
    place = tmp_path / "key.hex"
    place.write_text(f"{RAW.hex()}\n")
    return private_key(place)


def known(key):
    raw = public_bytes(key)
    return {keyid_of(raw): raw}


def other_key():
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))


def test_known_answers_of_the_specification(key):
    assert keyid_of(public_bytes(key)) == KEYID
    assert len(STATEMENT) == 342
    assert digest(STATEMENT) == "sha256:f543de5ee95329261dbf9a26fea520f767bf4cc035b3b10723c5f5dd3a9d5bdc"
    envelope = sign(STATEMENT, key)
    assert envelope["payloadType"] == IN_TOTO
    assert envelope["signatures"] == [
        {
            "keyid": KEYID,
            "sig": "N6HpAIRn3MS7WO6FuYqu/iupBli+jolOeC7CMocD9NV5xbeYzRwYGB5h/U83fmIepApDsXMLnk2XMZGZfV9vAQ==",
        }
    ]
    assert base64.b64decode(envelope["payload"]) == STATEMENT


def test_pre_authentication_counts_bytes_and_not_characters():
    """The examples of the DSSE protocol page, and one beyond ASCII."""
    assert pre_authentication(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pre_authentication(b"", "é") == b"DSSEv1 2 \xc3\xa9 0 "


def test_an_envelope_opens_with_the_key_that_made_it(key):
    opened = verify_envelope(json.loads(canonical(sign(STATEMENT, key))), known(key), IN_TOTO)
    assert opened == (STATEMENT, IN_TOTO, (KEYID,))
    as_text = {keyid: base64.b64encode(raw).decode() for keyid, raw in known(key).items()}
    assert verify_envelope(sign(STATEMENT, key), as_text).payload == STATEMENT


def test_the_payload_is_not_parsed_before_it_is_verified(key):
    assert verify_envelope(sign(b"\xff not JSON {", key), known(key)).payload == b"\xff not JSON {"


def test_url_safe_base64_opens_too(key):
    envelope = sign(b"\xfb\xff\xfe" * 5, key)
    for row in (envelope, *envelope["signatures"]):
        for name in {"payload", "sig"} & set(row):
            row[name] = row[name].replace("+", "-").replace("/", "_")
    assert "-" in envelope["payload"] or "_" in envelope["payload"]
    assert verify_envelope(envelope, known(key)).keyids == (KEYID,)


def test_a_signature_without_keyid_is_tried_with_each_key(key):
    envelope = sign(STATEMENT, key)
    del envelope["signatures"][0]["keyid"]
    assert verify_envelope(envelope, {**known(other_key()), **known(key)}).keyids == (KEYID,)


@pytest.mark.parametrize(
    "change",
    [
        lambda envelope: envelope.update(payload=base64.b64encode(STATEMENT.replace(b"FAILED", b"PASSED")).decode()),
        lambda envelope: envelope.update(payloadType="text/plain"),
        lambda envelope: envelope["signatures"][0].update(sig=base64.b64encode(bytes(64)).decode()),
        lambda envelope: envelope["signatures"][0].update(sig="AAAA"),
        lambda envelope: envelope["signatures"][0].update(sig="not base64!"),
        lambda envelope: envelope.update(signatures=[]),
    ],
    ids=["payload", "type", "signature", "short signature", "no base64", "no signature"],
)
def test_a_changed_envelope_does_not_open(key, change):
    envelope = sign(STATEMENT, key)
    change(envelope)
    with pytest.raises(TrustError):
        verify_envelope(envelope, known(key))


def test_a_key_that_is_not_known_opens_nothing(key):
    with pytest.raises(TrustError, match="no known key"):
        verify_envelope(sign(STATEMENT, key), known(other_key()))


def test_another_type_is_refused_even_where_its_signature_holds(key):
    envelope = sign(b"{}", key, "application/json")
    assert verify_envelope(envelope, known(key)).payload_type == "application/json"
    with pytest.raises(TrustError, match="application/json"):
        verify_envelope(envelope, known(key), IN_TOTO)


def test_one_of_two_signatures_is_enough_and_is_named(key):
    envelope = sign(STATEMENT, key)
    envelope["signatures"].insert(0, {"keyid": "0" * 64, "sig": envelope["signatures"][0]["sig"]})
    assert verify_envelope(envelope, known(key)).keyids == (KEYID,)
    assert signers_of(envelope) == ("0" * 64, KEYID)


def test_a_public_key_under_another_keyid_is_refused(key):
    with pytest.raises(TrustError, match="SHA-256"):
        verify_envelope(sign(STATEMENT, key), {KEYID: bytes(32)})


@pytest.mark.parametrize("envelope", [None, [], {}, {"payload": "!", "payloadType": "a", "signatures": []}, "text"])
def test_what_is_no_envelope_is_called_so(envelope):
    with pytest.raises(EvidenceError, match="no DSSE envelope"):
        verify_envelope(envelope, {})
    with pytest.raises(EvidenceError, match="no DSSE envelope"):
        signers_of(envelope)


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    "text",
    [
        RAW.hex().encode(),
        RAW.hex().upper().encode() + b"\r\n",
        base64.b64encode(RAW),
        pem(ed25519.Ed25519PrivateKey.from_private_bytes(RAW)),
    ],
    ids=["hex", "upper case hex", "base64", "pem"],
)
def test_a_key_is_read_in_each_form(tmp_path, monkeypatch, text):
    place = tmp_path / "key"
    place.write_bytes(text)
    assert keyid_of(public_bytes(private_key(place))) == KEYID
    monkeypatch.setenv("SIGNING_KEY", text.decode())
    assert keyid_of(public_bytes(private_key("env:SIGNING_KEY"))) == KEYID


LOCKED = ed25519.Ed25519PrivateKey.from_private_bytes(RAW).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"hunter2 is my password", "holds no Ed25519"),
        (b"00" * 31, "holds no Ed25519"),
        (b"-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n", "is no private key in PEM"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "allowed is Ed25519"),
        (LOCKED, "has a password"),
    ],
    ids=["text", "short", "broken pem", "another kind", "password"],
)
def test_what_is_no_key_is_refused_and_not_shown(tmp_path, text, says):
    place = tmp_path / "key"
    place.write_bytes(text)
    with pytest.raises(UsageError, match=says) as refused:
        private_key(place)
    assert "hunter2" not in str(refused.value)


def test_a_key_that_is_not_there(tmp_path, monkeypatch):
    with pytest.raises(ArtifactError, match="cannot read the private key"):
        private_key(tmp_path / "absent")
    monkeypatch.delenv("ABSENT_KEY", raising=False)
    with pytest.raises(ArtifactError, match="no variable ABSENT_KEY"):
        private_key("env:ABSENT_KEY")


def test_without_the_package_the_message_installs_it(monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.startswith("cryptography")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingDependency, match=r"pytest-mltest\[sign\]"):
        private_key(tmp_path / "key")
