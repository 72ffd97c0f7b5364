"""Every planted fault of a comparison turns its own check red and leaves the others green."""

from __future__ import annotations

import pytest

from tests.faults.compare_faults import FAULTS, clean, gate


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_clean_candidate_passes_every_comparison():
    assert set(gate(clean()).values()) == {"passed"}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught_by_its_check_alone(name):
    fault = FAULTS[name]
    red = {check for check, word in gate(fault.spoil(clean())).items() if word != "passed"}
    assert red == {fault.caught_by}
