"""The decision table of governance section 8, all 90 cells, and what tightening may do to them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.policy.gate import decide, headline, outcome_of

# verdict, severity: required with no, a valid, an invalid waiver; then the same where the check is optional
TABLE = """
passed       block  ok    ok    ok     ok    ok    ok
passed       warn   ok    ok    ok     ok    ok    ok
passed       info   ok    ok    ok     ok    ok    ok
failed       block  block warn  block  block warn  block
failed       warn   warn  warn  warn   warn  warn  warn
failed       info   note  note  note   note  note  note
inconclusive block  block warn  block  warn  warn  warn
inconclusive warn   warn  warn  warn   warn  warn  warn
inconclusive info   note  note  note   note  note  note
error        block  block block block  block block block
error        warn   block block block  warn  warn  warn
error        info   block block block  warn  warn  warn
not_run      block  block warn  block  warn  warn  warn
not_run      warn   block warn  block  note  note  note
not_run      info   block warn  block  note  note  note
"""
COLUMNS = list(itertools.product((True, False), ("none", "valid", "invalid")))
CELLS = [
    (verdict, severity, required, waiver, cell)
    for verdict, severity, *cells in (line.split() for line in TABLE.strip().splitlines())
    for (required, waiver), cell in zip(COLUMNS, cells, strict=True)
]
CELL_ORDER = ("ok", "note", "warn", "block")
GATE_ORDER = ("allow", "allow_conditional", "block", "void")
STRICTER = {
    "severity": ("info", "warn", "block"),
    "required": (False, True),
    "waiver": ("valid", "none"),
    "inconclusive": ("warn", "fail", "block"),
}
ANYTHING = {
    "verdict": st.sampled_from(["passed", "failed", "inconclusive", "error", "not_run", "not_applicable"]),
    **{name: st.sampled_from(words) for name, words in STRICTER.items()},
}
WHOLE = {"holds": True}


def test_the_table_is_whole():
    assert len(CELLS) == 90
    assert len({cell[:4] for cell in CELLS}) == 90


@pytest.mark.parametrize(("verdict", "severity", "required", "waiver", "cell"), CELLS)
def test_cell(verdict, severity, required, waiver, cell):
    assert outcome_of(verdict, severity, required=required, waiver=waiver) == cell


@given(st.fixed_dictionaries(ANYTHING), st.sampled_from(sorted(STRICTER)))
def test_tightening_one_input_never_improves_a_cell(given_input, name):
    order = STRICTER[name]
    before = order.index(given_input[name])
    cells = [CELL_ORDER.index(outcome_of(**{**given_input, name: word})) for word in order[before:]]
    assert cells == sorted(cells)


@given(st.fixed_dictionaries(ANYTHING))
def test_an_invalid_waiver_is_as_none(given_input):
    assert outcome_of(**{**given_input, "waiver": "invalid"}) == outcome_of(**{**given_input, "waiver": "none"})


@given(st.fixed_dictionaries(ANYTHING))
def test_a_waiver_makes_nothing_better_than_a_warning(given_input):
    without = outcome_of(**{**given_input, "waiver": "none"})
    assert outcome_of(**{**given_input, "waiver": "valid"}) in {without, "warn"}


@given(
    st.lists(st.fixed_dictionaries(ANYTHING), min_size=1, max_size=5),
    st.integers(0, 4),
    st.sampled_from(sorted(STRICTER)),
    st.data(),
)
def test_tightening_one_check_never_improves_the_run(checks, at, name, data):
    at %= len(checks)
    order = STRICTER[name]
    stricter = data.draw(st.sampled_from(order[order.index(checks[at][name]) :]))
    after = [*checks[:at], {**checks[at], name: stricter}, *checks[at + 1 :]]
    assert GATE_ORDER.index(gate_of(after)) >= GATE_ORDER.index(gate_of(checks))


@given(st.lists(st.fixed_dictionaries(ANYTHING), min_size=1, max_size=5), st.sampled_from(["warn", "block"]))
def test_another_reason_never_improves_the_run(checks, gate):
    before = GATE_ORDER.index(gate_of(checks))
    further = [{"code": "declared-better", "text": "better than tested", "gate": gate}]
    assert GATE_ORDER.index(gate_of(checks, further=further)) >= before
    assert gate_of(checks, further=further, voids=[{"code": "MLP01", "text": "no plan.lock"}]) == "void"


def gate_of(checks, **beside):
    cells = [
        {"id": str(at), "verdict": check["verdict"], "gate": outcome_of(**check)} for at, check in enumerate(checks)
    ]
    return decide(cells, WHOLE, **beside)[0]


def cell(identity, gate, **given_cell):
    return {"id": identity, "verdict": "failed", "gate": gate, **given_cell}


def test_void_is_never_better_than_block():
    """No decision is made, and what failed is still listed, worst first."""
    gate, reasons = decide(
        [cell("b", "warn"), cell("a", "block"), cell("c", "ok")], WHOLE, voids=[{"code": "MLP01", "text": "no lock"}]
    )
    assert gate == "void"
    assert [(reason["code"], reason.get("id")) for reason in reasons] == [
        ("MLP01", None),
        ("failed", "a"),
        ("failed", "b"),
    ]


def test_a_waived_failure_is_said_as_one():
    waived = cell("a", "warn", waiver_state="valid", waiver_text="waived by W-1 until 2027-01-31")
    gate, reasons = decide([waived], WHOLE)
    assert gate == "allow_conditional"
    assert reasons == [{"code": "waived", "id": "a", "text": "failed, waived by W-1 until 2027-01-31", "gate": "warn"}]


def test_a_stale_waiver_is_named_beside_the_failure():
    stale = cell("a", "block", waiver_state="invalid", waiver_text="waiver W-1 does not hold: MLW07 too late")
    (reason,) = decide([stale], WHOLE)[1]
    assert reason["text"] == "failed: block; waiver W-1 does not hold: MLW07 too late"


def test_notes_are_no_reason():
    assert decide([cell("a", "note"), cell("b", "ok")], WHOLE) == ("allow", [])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["ok"], "Gate: allow"),
        (["warn", "warn", "warn"], "Gate: allow, with conditions (3)"),
        (["block", "warn", "block"], "Gate: block (2)"),
        ([], "Gate: no decision (exploratory)"),
    ],
)
def test_words_on_screen(cells, words):
    gate, reasons = decide([cell(str(at), found) for at, found in enumerate(cells)], WHOLE)
    assert headline({"gate": gate, "reasons": reasons}) == words
