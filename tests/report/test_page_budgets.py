"""Bytes of the page: at most 300 KB a hundred checks, at most 3 MB at 5 000 (the time is in benchmarks/report.py)."""

from __future__ import annotations

import pytest

from mltest.report.model import Report
from mltest.report.page import render
from tests.report.large_run import large_run
from tests.report.page_tree import tree_of


@pytest.mark.parametrize(("checks", "most"), [(1, 60_000), (100, 300_000), (2_000, 2_000_000), (5_000, 3_000_000)])
def test_size(checks, most):
    assert len(render(Report.of(large_run(checks)))) <= most


def test_a_large_page_has_every_check_in_a_row_and_every_failure_in_full():
    tree = tree_of(render(Report.of(large_run(500))))
    rows = [row for table in tree.all("table", "checks") for row in table.all("tr", "main")]
    assert len(rows) == 500
    assert len(tree.all("article", "failed")) == 5
    assert len(tree.all("article", "inconclusive")) == 5
    assert not [part for part in tree.all("details") if part.all("table", "checks") and "open" in part.attributes]
