"""The decision table of governance section 8, every cell without a waiver."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.policy.gate import decide, outcome_of

TABLE = """
passed        block ok    ok
passed        warn  ok    ok
passed        info  ok    ok
failed        block block block
failed        warn  warn  warn
failed        info  note  note
inconclusive  block block warn
inconclusive  warn  warn  warn
inconclusive  info  note  note
error         block block block
error         warn  block warn
error         info  block warn
not_run       block block warn
not_run       warn  block note
not_run       info  block note
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [
    (verdict, severity, required, cell)
    for verdict, severity, *cells in ROWS
    for required, cell in zip((True, False), cells, strict=True)
]


@pytest.mark.parametrize(("verdict", "severity", "required", "cell"), CELLS)
def test_cell(verdict, severity, required, cell):
    assert outcome_of(verdict, severity, required=required) == cell


def test_policy_may_let_inconclusive_warn():
    assert outcome_of("inconclusive", "block", required=True, inconclusive="warn") == "warn"
    assert outcome_of("failed", "block", required=True, inconclusive="warn") == "block"


WHOLE = {"holds": True, "executed": 1}


def cell(gate, name="a"):
    return {"id": name, "verdict": "failed", "gate": gate}


@pytest.mark.parametrize(
    ("cells", "gate"),
    [
        (["ok"], "allow"), (["ok", "note"], "allow"), (["ok", "warn"], "allow_conditional"),
        (["warn", "block", "ok"], "block"), ([], "void"),
    ],
)  # fmt: skip
def test_run_takes_its_worst_cell(cells, gate):
    assert decide([cell(c, str(n)) for n, c in enumerate(cells)], WHOLE)[0] == gate


def test_broken_completeness_voids_and_still_lists_failures():
    gate, reasons = decide([cell("block")], {"holds": False, "executed": 1})
    assert gate == "void"
    assert [reason["code"] for reason in reasons] == ["incomplete", "failed"]


def test_partial_selection_is_a_condition():
    assert decide([cell("ok")], WHOLE, partial="--lf")[0] == "allow_conditional"
    assert decide([cell("block")], WHOLE, partial="--lf")[0] == "block"


RANK = {"allow": 0, "allow_conditional": 1, "block": 2, "void": 3}
BETTER_TO_WORSE = ("passed", "inconclusive", "failed")


@given(st.lists(st.sampled_from(["ok", "note", "warn", "block"]), min_size=1), st.sampled_from(["warn", "block"]))
def test_adding_a_worse_cell_never_improves_the_gate(cells, worse):
    before = decide([cell(c, str(n)) for n, c in enumerate(cells)], WHOLE)[0]
    after = decide([cell(c, str(n)) for n, c in enumerate([*cells, worse])], WHOLE)[0]
    assert RANK[after] >= RANK[before]


@pytest.mark.parametrize(("severity", "required"), list(itertools.product(["block", "warn", "info"], [True, False])))
def test_a_worse_verdict_never_improves_a_cell(severity, required):
    order = ["ok", "note", "warn", "block"]
    cells = [order.index(outcome_of(verdict, severity, required=required)) for verdict in BETTER_TO_WORSE]
    assert cells == sorted(cells)
