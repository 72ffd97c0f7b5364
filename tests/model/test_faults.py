"""Every planted fault turns its own check red and leaves the others green."""

from __future__ import annotations

import pytest

from tests.faults.model_faults import FAULTS, clean, gate


def test_clean_models_pass_the_whole_gate():
    assert gate(clean()) == {
        "model.metric": ["passed", "passed"],
        "model.not_worse": ["passed"],
        "model.not_overfit": ["passed"],
        "model.not_underfit": ["passed"],
    }


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught_by_its_check_alone(name):
    fault = FAULTS[name]
    red = {check for check, words in gate(fault.spoil(clean())).items() if set(words) != {"passed"}}
    assert red == {fault.caught_by}


def test_fault_in_one_region_is_not_seen_overall():
    assert gate(FAULTS["weak_in_the_north"].spoil(clean()))["model.metric"] == ["passed", "failed"]
