"""A record says all that the result said: what comes back is the result."""

from __future__ import annotations

import json

import pytest

from mltest.evidence.canonical import canonical
from mltest.evidence.records import record_of
from mltest.report.reading import result_of
from mltest.result import Measurement, Requirement, Result

CENSUS = Measurement(name="mismatches", value=3, low=3, high=3, confidence=None, n=900)
EXACT = Measurement(name="p", value=0.02, low=0.02, high=0.02, confidence=None, method="label_permutation", n=99)
MISSED = Measurement(
    name="recall", value=0.3, low=0.25, high=0.36, method="clopper_pearson", n=200, p=0.01, p_adjusted=0.02
)
LOST = Measurement(name="recall", value=None, method="clopper_pearson", detail="no positives")


def back(*found):
    result = Result(
        check="model.metric", label="recall", sentence="s", verdict="failed", reason="r", because="b",
        measurements=found, verdicts=("failed",) * len(found),
        requirement=Requirement(metric="recall", comparison="at_least", limit=0.4),
    )  # fmt: skip
    event = {"node": "t.py::t", "attempt": 1, "ordinal": 1, "kind": "k", "title": "t", "result": result.to_plain()}
    record = record_of(event, None, entry=None, worker="main")
    return json.loads(canonical(record)), result_of(json.loads(canonical(record))).measurements


@pytest.mark.parametrize("found", [CENSUS, EXACT, MISSED, LOST], ids=lambda found: found.name + found.method)
def test_a_measurement_comes_back_as_it_was(found):
    assert back(found)[1] == (found,)


def test_a_census_comes_back_as_a_census():
    assert [found.confidence for found in back(CENSUS, MISSED)[1]] == [None, 0.95]


def test_p_values_are_written_only_where_there_are_any():
    first, second = back(CENSUS, MISSED)[0]["measurements"]
    assert "p" not in first
    assert (second["p"], second["p_adjusted"]) == (0.01, 0.02)


def test_a_count_in_a_record_that_says_less_is_a_census():
    record = {"id": "x", "check": "data.schema", "verdict": "passed", "value": 0, "n": 5}
    assert result_of(record).measurements[0].confidence is None
