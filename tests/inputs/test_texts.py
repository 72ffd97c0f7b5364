from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.inputs.tables import read
from mltest.inputs.texts import FEW, coded_text
from tests.inputs.engines import ENGINES, every_engine

WORDS = st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=3)), min_size=1, max_size=40)


def engines_of(values):
    return [
        pl.DataFrame({"t": pl.Series(values, dtype=pl.String)}),
        pa.table({"t": pa.array(values, pa.string())}),
        pa.table({"t": pa.array(values, pa.string()).dictionary_encode()}),
        pd.DataFrame({"t": pd.Series(values, dtype=object)}),
        pd.DataFrame({"t": pd.Series(values, dtype="str")}),
        pd.DataFrame(
            {"t": pd.Categorical(values, categories=[*dict.fromkeys(v for v in values if v is not None)][::-1])}
        ),
    ]


@given(WORDS)
def test_codes_are_places_in_the_order_of_code_points_in_every_engine(values):
    there = sorted({value for value in values if value is not None})
    expected = [len(there) if value is None else there.index(value) for value in values]
    for frame in engines_of(values):
        coded = coded_text(read(frame).series("t"))
        if coded is None:  # an object column without any text has lost its type
            assert not there
            continue
        assert list(coded.values) == there
        assert coded.codes.tolist() == expected
        assert coded.gaps == (None in values)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_value_that_comes_late_has_its_code_too(engine):
    values = ["b"] * 10_500 + ["a", None, "c"]
    coded = read(every_engine({"t": values})[engine]).few("t")
    assert coded.values == ("a", "b", "c")
    assert coded.codes[-3:].tolist() == [0, 3, 2]
    assert set(coded.codes[:-3].tolist()) == {1}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("count", [FEW, FEW + 1])
def test_more_values_than_a_byte_holds_are_not_few(engine, count):
    values = [str(number) for number in range(count)] + [None]
    table = read(every_engine({"t": values})[engine])
    assert (table.few("t") is None) == (count > FEW)
    if count == FEW:
        assert table.few("t").codes.dtype == np.uint8
    assert len(coded_text(table.series("t")).values) == count


def test_unused_categories_are_left_out():
    frame = pd.DataFrame({"t": pd.Categorical(["u", None], categories=["w", "v", "u"])})
    coded = read(frame).few("t")
    assert coded.values == ("u",)
    assert coded.codes.tolist() == [0, 1]


@pytest.mark.parametrize("values", [["a"] * 150 + [1], ["a", "b\ud800"]])
def test_what_only_begins_with_text_or_is_half_a_character_is_no_text(values):
    assert coded_text(read(pd.DataFrame({"t": pd.Series(values, dtype=object)})).series("t")) is None


def test_numbers_and_arrays_have_no_text():
    assert read(pl.DataFrame({"n": [1, 2]})).few("n") is None
    assert read(np.array([["a"], ["b"]])).few("0") is None


def test_codes_are_made_once():
    table = read(pl.DataFrame({"t": ["a", "b"]}))
    assert table.few("t") is table.few("t")
