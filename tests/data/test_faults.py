from __future__ import annotations

from typing import Any

import pytest

from mltest import checks
from tests.faults.data_faults import FAULTS, LEAKAGE, SCHEMA, Splits, clean, demanded


def verdicts(splits: Splits) -> dict[str, Any]:
    return {
        LEAKAGE: checks.no_leakage(splits.train, splits.test, **splits.told),
        SCHEMA: checks.schema(splits.train, demanded()),
    }


def test_clean_splits_pass_every_data_check():
    assert {name: result.verdict for name, result in verdicts(clean()).items()} == {LEAKAGE: "passed", SCHEMA: "passed"}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught_by_its_check_and_by_no_other(name):
    fault = FAULTS[name]
    found = verdicts(fault.spoil(clean()))
    caught = found.pop(fault.caught_by)
    assert caught.verdict == "failed"
    assert (caught.findings[0].rule, caught.findings[0].where) == (fault.rule, fault.where)
    assert {finding.where for finding in caught.findings} == {fault.where}
    assert [result.verdict for result in found.values()] == ["passed"]
