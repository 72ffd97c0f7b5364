from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.evidence.privacy import HIDDEN, Privacy
from mltest.evidence.records import record_of
from mltest.evidence.redaction import Redaction
from mltest.message import failure_text
from mltest.quoted import quoted, settled, with_hidden, without_marks
from mltest.result import Curve, Finding, Measurement, Result

PRIVATE = Privacy(10, Redaction())
WORDS = ("passed", "failed", "inconclusive")


def part(label, n, name="accuracy"):
    return Measurement(name=name, value=0.5, low=0.4, high=0.6, method="clopper_pearson", n=n, slice=label)


def result(sizes, words=None, **changes):
    parts = tuple(part(label, n) for label, n in sizes.items())
    words = tuple(words or ["failed"] * len(parts))
    first = next(iter(sizes))
    made = Result(
        check="model.metric",
        label="accuracy",
        sentence=f"accuracy 0.500 in {first}, required at least 0.97 (n = {sizes[first]})",
        verdict=words[0],
        reason="bound-misses",
        because=f"{first}: even the upper bound 0.6 misses it",
        measurements=parts,
        verdicts=words,
        findings=tuple(Finding(rule="slices", where=label, what="0.5", count=n) for label, n in sizes.items()),
        curves=tuple(Curve(kind="roc", label=label, x=(0.0, 1.0), y=(0.0, 1.0)) for label in sizes),
        n_to_settle=99,
    )
    return replace(made, **changes)


def test_large_slices_stay_as_they_are():
    given_ = result({"region=north": 10, "region=south": 900})
    assert PRIVATE(given_) is given_


def test_a_small_slice_keeps_its_verdict_and_nothing_else():
    kept = PRIVATE(result({"region=Ada": 4, "region=Bob": 5, "region=south": 900}))
    assert kept.verdicts == ("failed", "failed", "failed")
    assert [one.slice for one in kept.measurements] == ["region=<group 1>", "region=<group 2>", "region=south"]
    assert [one.value for one in kept.measurements] == [None, None, 0.5]
    assert "Ada" not in repr(kept)
    assert "Bob" not in repr(kept)
    assert kept.sentence == "accuracy in region=<group 1> is withheld: fewer than 10 rows, required at least 0.97"
    assert kept.because == "withheld: fewer than 10 rows"
    assert kept.n_to_settle is None
    assert [one.label for one in kept.curves] == ["region=south"]
    assert HIDDEN in kept.flags


def test_one_small_slice_takes_the_smallest_of_the_others_with_it():
    kept = PRIVATE(result({"region=south": 900, "region=Ada": 4, "region=north": 50, "region=west": 60}))
    hidden = [one.slice for one in kept.measurements if one.n is None]
    assert hidden == ["region=<group 1>", "region=north"]
    assert kept.sentence.startswith("accuracy 0.500 in region=south")


def test_the_slice_that_the_verdict_rests_on_is_the_last_to_be_taken():
    kept = PRIVATE(result({"region=north": 50, "region=Ada": 4, "region=south": 900}))
    assert [one.slice for one in kept.measurements if one.n is None] == ["region=<group 1>", "region=south"]


def test_labels_that_the_call_names_are_the_sources_own():
    sizes = {"region=north": 4, "region=south": 5}
    kept = PRIVATE(result(sizes), {"at_least": {"north": 0.3}, "by": {"region": ["south"]}})
    assert [one.slice for one in kept.measurements] == list(sizes)
    assert [one.value for one in kept.measurements] == [None, None]


def test_slices_without_rows_were_declared_and_are_shown():
    kept = PRIVATE(result({"region=north": 40, "region=gone": 0}))
    assert [one.slice for one in kept.measurements] == ["region=north", "region=gone"]


def test_labels_of_a_column_with_many_values_are_hidden_and_their_values_shown():
    kept = PRIVATE(result({f"street={name} lane": 20 for name in range(51)}))
    assert not any("lane" in str(one.slice) for one in kept.measurements)
    assert all(one.value == 0.5 for one in kept.measurements)
    crossed = {f"a={one}, b={two}": 20 for one in range(8) for two in range(8)}
    given_ = result(crossed)
    assert PRIVATE(given_) is given_


def test_a_name_that_begins_like_another_is_not_taken_apart():
    kept = PRIVATE(result({"floor=1": 4, "floor=12": 40, "floor=2": 5}))
    assert [one.slice for one in kept.measurements] == ["floor=<group 1>", "floor=12", "floor=<group 3>"]


def test_with_a_key_hidden_names_are_the_same_in_every_run():
    keyed = Privacy(10, Redaction(), b"secret of the project")
    one = keyed(result({"region=Ada": 4, "region=Bob": 5}))
    other = keyed(result({"region=Aaron": 4, "region=Ada": 5}))
    assert one.measurements[0].slice == other.measurements[1].slice
    assert str(one.measurements[0].slice).startswith("region=h:")
    foreign = Privacy(10, Redaction(), b"another")(result({"region=Ada": 4, "region=Bob": 5}))
    assert foreign.measurements[0].slice != one.measurements[0].slice


def test_perturbations_and_columns_are_no_groups_of_people():
    given_ = result({"noise@1": 4, "typos": 3})
    assert PRIVATE(given_) == given_


def test_what_is_quoted_is_hidden_unless_many_rows_have_it():
    made = result(
        {"region=north": 40}, sentence=f"first {quoted('Ada')}, then {quoted('usual', 12)} and {quoted('rare', 9)}"
    )
    clean = settled(made)
    assert clean.sentence == "first Ada, then usual and rare"
    kept = PRIVATE(replace(clean, sentence=clean.sentence + ", counted", quotes=clean.quotes))
    assert kept.sentence == "first <value 1>, then usual and <value 2>, counted"


def test_the_message_says_how_to_see_what_is_hidden():
    text = failure_text(PRIVATE(result({"region=Ada": 4, "region=Bob": 5}, findings=(), findings_total=0)))
    assert "mltest.checks.metric(...) in a notebook shows them" in text
    assert "Ada" not in text
    assert "region=<group 2>: failed, withheld: fewer than 10 rows" in text


def test_the_record_says_of_a_small_slice_that_it_is_suppressed():
    kept = PRIVATE(result({"region=Ada": 4, "region=south": 40, "region=west": 900}))
    event = {"node": "t", "attempt": 1, "ordinal": 1, "kind": "k", "title": "t", "result": kept.to_plain()}
    record = record_of(event, None, entry=None, worker="main")
    assert record["slices"][:2] == [
        {"name": "region=<group 1>", "n": "<10", "verdict": "failed", "suppressed": True},
        {"name": "region=south", "n": "withheld", "verdict": "failed", "suppressed": True},
    ]
    assert "value" not in record
    assert record["verdict"] == "failed"


SIZES = st.dictionaries(
    st.sampled_from([f"c={value}" for value in ("Ada", "Bob", "Cy", "a b", "x=y", "9", "99", "ada@x.org")]),
    st.integers(0, 30),
    min_size=1,
)


@given(SIZES, st.data(), st.sampled_from([None, b"key"]))
def test_no_redaction_changes_a_verdict_and_doing_it_again_changes_nothing(sizes, data, key):
    words = [data.draw(st.sampled_from(WORDS)) for _ in sizes]
    private = Privacy(10, Redaction(), key)
    made = result(sizes, words)
    kept = private(made)
    assert (kept.verdict, kept.verdicts, kept.reason) == (made.verdict, made.verdicts, made.reason)
    again = replace(
        kept, measurements=tuple(one if one.n is not None else replace(one, n=0) for one in kept.measurements)
    )
    assert private._withheld([one for one in again.measurements if one.n], None).keys() <= {
        id(one) for one in again.measurements
    }
    shown = [one for one in kept.measurements if one.n is not None]
    assert all(one.n == 0 or one.n >= 10 for one in shown)


@given(SIZES)
def test_no_hidden_count_can_be_worked_out_from_the_others(sizes):
    kept = PRIVATE(result(sizes))
    hidden = [one for one in kept.measurements if one.n is None]
    assert len(hidden) != 1 or all(n < 10 for n in sizes.values())


@given(st.text(max_size=20), st.one_of(st.none(), st.integers(0, 99)))
def test_marks_come_off(value, rows):
    text = f"got {quoted(value, rows)}."
    assert without_marks(text) == f"got {without_marks(value)}."
    assert without_marks(with_hidden(text, lambda *_: "x")) == ("got x." if without_marks(value) else "got .")


@pytest.mark.parametrize("name", ["sentence", "because", "advice", "label"])
def test_every_text_is_redacted(name):
    kept = PRIVATE(result({"region=north": 40}, **{name: "asked ada@example.org"}))
    assert getattr(kept, name) == "asked <e-mail>"


def test_a_look_at_a_small_slice_has_no_bounds():
    told = {"adjusted_low": 0.1, "adjusted_high": 0.9, "meets": False, "reason": None}
    small, large = PRIVATE(result({"region=Ada": 4})), PRIVATE(result({"region=north": 40}))
    assert PRIVATE.look(told, large) == told
    assert PRIVATE.look(told, small) == {"adjusted_low": None, "adjusted_high": None, "meets": False, "reason": None}
