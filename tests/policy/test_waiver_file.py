"""waivers.toml: MLW01 to MLW04, MLW06 and MLW18 stop a session, every mistake of the file at once."""

from __future__ import annotations

import pytest

from mltest.errors import UsageError
from mltest.policy.waiver import commits_named, read_waivers
from tests.policy.locked_sample import entry, waivers

AUC = entry("test_auc#roc_auc")

FILE_ERRORS = [
    (
        b'schema = "mltest/waivers/v1"\n\n\n\n\n\nid = \n',
        ["MLW01 waivers.toml line 7: not valid TOML: Invalid value (at line 7, column 6)"],
    ),
    (b'schema = "\xff"', ["MLW01 waivers.toml line 1: not valid TOML"]),
    (
        waivers(expire="2027-01-31", expires=None),
        [
            "MLW03 waivers.toml line 3: missing key `expires` in W-2026-014",
            "MLW02 waivers.toml line 14: unknown key `expire` in W-2026-014 (did you mean `expires`?)",
        ],
    ),
    (
        waivers(bound='{ metric = "roc_auc", no_worse_then = 0.7 }'),
        [
            "line 13: unknown key `no_worse_then` in bound of W-2026-014 (did you mean `no_worse_than`?)",
            "MLW03 waivers.toml line 13: missing key `no_worse_than` in bound of W-2026-014",
        ],
    ),
    (waivers(approved_by=None), ["MLW03 waivers.toml line 3: missing key `approved_by` in W-2026-014"]),
    (waivers(id=None), ["MLW03 waivers.toml line 3: missing key `id` in waiver 1"]),
    (waivers().replace(b'schema = "mltest/waivers/v1"', b""), ["MLW03 waivers.toml line 1: missing key `schema`"]),
    (
        waivers().replace(b"waivers/v1", b"waivers/v2"),
        ["MLW03 waivers.toml line 1: schema = 'mltest/waivers/v2': allowed is \"mltest/waivers/v1\""],
    ),
    (b'schema = "mltest/waivers/v1"\nwaivers = []', ["MLW02 waivers.toml line 2: unknown key `waivers` (did you mean"]),
    (b'schema = "mltest/waivers/v1"\nwaiver = 3', ["MLW03 waivers.toml line 2: `waiver` is written as tables"]),
    (
        waivers({}, {"check": '"tests/test_pd.py::test_b#x"'}),
        ["MLW04 waivers.toml line 17: duplicate waiver id W-2026-014"],
    ),
    (
        waivers(check='"tests/*"'),
        ["MLW06 waivers.toml line 5: pattern `tests/*` is too wide: one node id, star only inside parameters"],
    ),
    (waivers(check='"*"'), ["MLW06 waivers.toml line 5: pattern `*` is too wide"]),
    (waivers(check='"tests/test_pd.py::test_*"'), ["MLW06"]),
    (waivers(check='"tests/test_pd.py::test_auc[*]#model.metric:roc_auc"'), ["MLW06"]),
    (waivers(check='"[*"'), ["MLW06"]),
    (
        waivers({}, {"id": '"W-2"'}),
        [f"MLW18 waivers.toml line 18: two waivers cover {AUC['id']} (W-2026-014 and W-2): keep one"],
    ),
    (
        waivers({"check": '"t.py::a[north]#x"'}, {"id": '"W-2"', "check": '"t.py::a[n*"'}),
        ["MLW18 waivers.toml line 18: two waivers cover t.py::a[north]#x"],
    ),
    (waivers({"check": '"t.py::a[n*"'}, {"id": '"W-2"', "check": '"t.py::a[*"'}), ["MLW18"]),
    (waivers(covers='["passed"]'), ["`covers` of W-2026-014 must be a list of 'failed', 'inconclusive', 'not_run'"]),
    (waivers(covers="[]"), ["MLW03"]),
    (waivers(expires='"soon"'), ["`expires` of W-2026-014 must be a date, such as 2027-01-31, not 'soon'"]),
    (waivers(expires="2027-01-31T00:00:00Z"), ["`expires` of W-2026-014 must be a date"]),
    (waivers(approved_at="2026-11-02T09:00:00"), ["must be a date and time with its zone"]),
    (waivers(approved_at="2026-11-02"), ["must be a date and time with its zone"]),
    (waivers(commit_range='"9f31c02"'), ["must be since:<commit>"]),
    (waivers(model='"sha256:77aa"'), ["must be a SHA-256 of 64 hexadecimal digits"]),
    (waivers(bound='{ metric = "roc_auc", no_worse_than = nan }'), ["must be a finite number, not nan"]),
    (waivers(bound="0.7"), ["`bound` of W-2026-014 must be a table"]),
    (waivers(approved_by='" "'), ["`approved_by` of W-2026-014 must be a text"]),
]


@pytest.mark.parametrize(("data", "said"), FILE_ERRORS)
def test_a_file_error_stops_the_session(data, said):
    with pytest.raises(UsageError) as caught:
        read_waivers(data)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True))
    assert all(line.startswith("MLW") for line in lines)


def test_every_mistake_of_a_file_at_once():
    text = waivers(
        {"expire": "1", "risk": None}, {"check": '"x*"', "approved_at": "1"}, {"id": '"W-3"', "owner": '"me"'}
    )
    with pytest.raises(UsageError) as caught:
        read_waivers(text)
    codes = [line[:5] for line in str(caught.value).splitlines()]
    assert codes == ["MLW03", "MLW02", "MLW04", "MLW06", "MLW03", "MLW18", "MLW02"]


def test_a_valid_file_is_ordered_by_expiry():
    text = waivers(
        {"id": '"late"', "expires": "2027-01-31"}, {"id": '"soon"', "expires": "2026-12-01", "check": '"t.py::b"'}
    )
    assert [waiver.id for waiver in read_waivers(text)] == ["soon", "late"]
    assert commits_named(read_waivers(waivers(commit_range='"since:9f31c02"'))) == ("9f31c02",)
