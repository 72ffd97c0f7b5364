"""Every planted fault turns its own check red and leaves the others green."""

from __future__ import annotations

import pytest

from tests.faults.margin_and_copy_faults import FAULTS, clean, gate


def test_a_clean_project_passes_the_whole_gate():
    assert set(gate(clean()).values()) == {"passed"}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught_by_its_check_alone(name):
    fault = FAULTS[name]
    words = gate(fault.spoil(clean()))
    assert {check for check, word in words.items() if word != "passed"} == fault.caught_by
    assert set(words.values()) == {"passed", "failed"}
