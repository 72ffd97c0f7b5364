"""RFC 8785, against its own table, the governance page's known answers, and a second implementation."""

from __future__ import annotations

import math
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from mltest.evidence.canonical import canonical, canonical_of_json, digest_of, parse
from mltest.evidence.store import root_of

FOUR = {
    "plan": {"checks": [], "schema": "mltest/plan/v1"},
    "run": {"run_id": "01jd0000000000000000000000", "schema": "mltest/run/v1"},
    "results": {"not_run": [], "records": [], "schema": "mltest/results/v1"},
    "verdict": {"gate": "void", "schema": "mltest/verdict/v1"},
}
DIGESTS = {
    "plan": "b6748471836a8254b0488b0fc1d99a5537e8f0597be7cff106ec2e09dd1f4f9b",
    "run": "9a2b07faf9f1cb03c54017f7c5deda279d4c832565da5756e36d171eda33cbde",
    "results": "f115a0b2f0e06b7440bbc720e4f30472525d47eacd1f20da705dbe2771ede019",
    "verdict": "d67d2b25e6f381170b4b43fde5d7f6b6a5d3cd05bb7e32835c9130cfcd67852e",
}


@pytest.mark.parametrize("name", FOUR)
def test_known_digests(name):
    assert digest_of(FOUR[name]) == f"sha256:{DIGESTS[name]}"


def test_known_root():
    known = "sha256:c9d37961bc39574389eec8970c91b6e8fc3cbae955232c1b432e4ff67bc711df"
    assert digest_of(root_of({name: digest_of(value) for name, value in FOUR.items()})) == known


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e20, b"100000000000000000000"), (1e21, b"1e+21"), (1e-6, b"0.000001"), (1e-7, b"1e-7"),
        (-0.0, b"0"), (100.0, b"100"), (5e-324, b"5e-324"), (333333333.33333329, b"333333333.3333333"),
        (4.5, b"4.5"), (2e-3, b"0.002"), (1e-27, b"1e-27"), (True, b"true"), (None, b"null"),
    ],
)  # fmt: skip
def test_numbers_of_the_rfc(value, text):
    assert canonical(value) == text


@given(st.integers(0, 2**64 - 1))
def test_every_double_agrees_with_a_second_implementation(bits):
    value = struct.unpack("<d", struct.pack("<Q", bits))[0]
    if math.isfinite(value):
        assert canonical(value) == rfc8785.dumps(value)
        assert float(canonical(value)) == value


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(plain)
def test_documents_agree_with_a_second_implementation_and_come_back(value):
    data = canonical(value)
    assert data == rfc8785.dumps(value)
    assert canonical(parse(data)) == data


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, object(), {1: 2}, {"a": {1, 2}}, b"x"])
def test_what_is_no_evidence_is_refused(value):
    with pytest.raises(TypeError):
        canonical({"here": value} if not isinstance(value, dict) else value)


def test_a_lone_surrogate_is_replaced():
    assert canonical("a\ud800b").decode() == '"a�b"'


def test_duplicate_keys_are_refused():
    with pytest.raises(ValueError, match="duplicate key 'a'"):
        parse(b'{"a":1,"a":2}')


@given(plain)
def test_the_fast_form_is_the_same_for_what_came_out_of_json(value):
    parsed = parse(canonical(value))
    assert canonical_of_json(parsed) == canonical(parsed)


@pytest.mark.parametrize(
    "value", [1.0, -3.0, 1e-5, 1.5e-7, 1e16, 1e300, 123456789012345678.0, 2**53 - 1, "e-5,1.0,", 0.1]
)
def test_the_fast_form_knows_where_it_would_differ(value):
    for whole in (value, [value], {"a": value, "b": [0.5, value]}):
        assert canonical_of_json(whole) == canonical(whole)
