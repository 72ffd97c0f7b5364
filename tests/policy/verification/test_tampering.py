"""Each row of the tamper table is met by its code; the good run is met by none."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.policy.verification.good_run import bundled, retied, write
from tests.policy.verification.tampering import ROWS, UNDETECTABLE

ON_DISK = [row for row in ROWS if row.rebuilt is None or row.on_disk]
REBUILT = [row for row in ROWS if row.rebuilt]


def named(row):
    return f"T{row.row}-{row.name}"


def test_every_row_of_the_table_has_its_test():
    named = {row.row for row in ROWS}
    for path in Path(__file__).parent.glob("test_*.py"):
        named |= {int(number) for number in re.findall(r"def test_t(\d+)_", path.read_text(encoding="utf-8"))}
    assert named == set(range(1, 41))


def test_the_good_run_meets_no_code(good, verify):
    assert verify(good)[:2] == (0, [])
    assert verify(bundled(good))[:2] == (0, [])


@pytest.mark.parametrize("row", ON_DISK, ids=named)
def test_a_change_on_disk_is_met(row, good, tmp_path, verify):
    folder = tmp_path / "run"
    shutil.copytree(good, folder)
    if row.on_disk:
        row.on_disk(folder)
    status, codes, _ = verify(folder, *row.options)
    assert row.code in codes
    assert status == row.status


@pytest.mark.parametrize("row", REBUILT, ids=named)
def test_a_change_with_every_digest_made_again(row, tmp_path, verify):
    folder = write(retied(row.rebuilt), tmp_path / "run")
    for path in (folder, bundled(folder)):
        status, codes, told = verify(path, *row.options)
        if row.again == UNDETECTABLE:
            assert (status, codes) == (0, [])
            assert any("(T2)" in text for text in told["not_shown"])
        else:
            assert row.again in codes
            assert status == 1
