"""Every planted fault turns its own check red and leaves the others green."""

from __future__ import annotations

import pytest

from tests.faults.fit_faults import FAULTS, clean, gate


def test_a_clean_project_passes_the_whole_gate():
    assert set(gate(clean()).values()) == {"passed"}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught_by_its_check_alone(name):
    fault = FAULTS[name]
    assert {check for check, word in gate(fault.spoil(clean())).items() if word == "failed"} == fault.caught_by
    assert set(gate(fault.spoil(clean())).values()) == {"passed", "failed"}
