from __future__ import annotations

import datetime as dt
import hashlib
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltest.errors import ArtifactError, UsageError
from mltest.inputs.digests import digest_array, digest_bytes, digest_file, digest_model, digest_table, digest_tree

ROWS = st.integers(1, 60)
VALUES = {
    "whole": st.integers(-(2**63), 2**63 - 1),
    "real": st.floats(allow_nan=True),
    "flag": st.booleans(),
    "text": st.text(st.characters(codec="utf-8"), max_size=8),
    "at": st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)),  # noqa: DTZ001
}
TYPES = {"whole": pl.Int64, "real": pl.Float64, "flag": pl.Boolean, "text": pl.String, "at": pl.Datetime("us")}


@st.composite
def frames(draw, *, nulls=True):
    rows = draw(ROWS)
    columns = {}
    for name, values in VALUES.items():
        one = st.one_of(st.none(), values) if nulls else values
        columns[name] = pl.Series(name, draw(st.lists(one, min_size=rows, max_size=rows)), dtype=TYPES[name])
    return pl.DataFrame(columns)


def nullable_pandas(frame):
    flags = frame["flag"].to_list()
    return pd.DataFrame(
        {
            "whole": pd.array(frame["whole"].to_list(), dtype="Int64"),
            "real": frame["real"].to_numpy(),
            # an object column without any value has lost its type
            "flag": pd.Series(flags, dtype="boolean" if flags.count(None) == len(flags) else object),
            "text": pd.Series(frame["text"].to_list(), dtype=object),
            "at": frame["at"].to_numpy(),
        }
    )


@settings(max_examples=60, deadline=None)
@given(frames())
def test_every_engine_gives_the_same_digest(frame):
    expected = digest_table(frame)
    assert digest_table(frame.to_arrow()) == expected
    assert digest_table(nullable_pandas(frame)) == expected
    assert digest_table(frame.lazy()) == expected


@settings(max_examples=30, deadline=None)
@given(frames(nulls=False))
def test_pandas_of_plain_types_gives_the_same_digest(frame):
    assert digest_table(frame.to_pandas()) == digest_table(frame)


@settings(max_examples=40, deadline=None)
@given(frames(), st.randoms(use_true_random=False))
def test_another_order_of_rows_is_another_digest(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    moved = frame[order]
    assert (digest_table(moved) == digest_table(frame)) == moved.equals(frame)


def test_names_types_and_order_of_columns_count():
    made = [
        pl.DataFrame({"a": [1, 2], "b": [3, 4]}),
        pl.DataFrame({"b": [3, 4], "a": [1, 2]}),
        pl.DataFrame({"a": [1, 2], "c": [3, 4]}),
        pl.DataFrame({"a": [1, 2], "b": [3.0, 4.0]}),
        pl.DataFrame({"a": [1, 2], "b": ["3", "4"]}),
        pl.DataFrame({"a": [1, 2], "b": pl.Series([3, 4], dtype=pl.Int32)}),
        pl.DataFrame({"a": [1, None], "b": [3, 4]}),
    ]
    assert len({digest_table(frame) for frame in made}) == len(made)


def test_text_is_not_run_together():
    assert digest_table(pl.DataFrame({"a": ["ab", "c"]})) != digest_table(pl.DataFrame({"a": ["a", "bc"]}))
    assert digest_table(pl.DataFrame({"a": ["ab", ""]})) != digest_table(pl.DataFrame({"a": ["ab", None]}))


def test_nan_of_any_bits_and_minus_zero_are_canonical():
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000], dtype=np.uint64).view(np.float64)
    assert digest_array(odd) == digest_array(np.array([np.nan, np.nan]))
    assert digest_array(np.array([-0.0, 1.0])) == digest_array(np.array([0.0, 1.0]))
    assert digest_array(np.array([np.inf])) != digest_array(np.array([-np.inf]))


def test_big_endian_and_strided_arrays_are_read_by_value():
    values = np.arange(6.0)
    assert digest_array(values.astype(">f8")) == digest_array(values)
    assert digest_array(np.arange(12.0)[::2]) == digest_array(np.arange(0, 12.0, 2))


def test_the_unit_of_a_time_does_not_matter_and_its_zone_does():
    base = pd.Series(pd.to_datetime(["2024-03-01 10:00:00.5", None]))
    digests = {digest_table(pd.DataFrame({"t": base.astype(f"datetime64[{unit}]")})) for unit in ("ms", "us", "ns")}
    assert len(digests) == 1
    zoned = pd.DataFrame({"t": base.dt.tz_localize("Europe/Paris")})
    assert digest_table(zoned) not in digests
    assert digest_table(zoned) == digest_table(pl.from_pandas(zoned))


def test_categories_count_by_value_not_by_code():
    one = pd.DataFrame({"g": pd.Categorical(["u", None, "v"], categories=["u", "v"])})
    other = pd.DataFrame({"g": pd.Categorical(["u", None, "v"], categories=["w", "v", "u"])})
    polars = pl.DataFrame({"g": pl.Series(["u", None, "v"], dtype=pl.Categorical)})
    arrow = pa.table({"g": pa.array(["u", None, "v"]).dictionary_encode()})
    assert len({digest_table(table) for table in (one, other, polars, arrow)}) == 1
    assert digest_table(one) != digest_table(polars.cast(pl.String))


def test_all_null_columns_agree():
    tables = [pd.DataFrame({"n": [None, None]}), pl.DataFrame({"n": [None, None]}), pa.table({"n": pa.nulls(2)})]
    assert len({digest_table(table) for table in tables}) == 1


def test_days_and_decimals_agree_between_engines():
    columns = {"day": [dt.date(2024, 1, 2), None], "sum": [Decimal("1.50"), Decimal(2)]}
    assert digest_table(pd.DataFrame(columns)) == digest_table(pl.DataFrame(columns))


def test_a_table_of_an_array_equals_the_array():
    array = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert digest_table(array) == digest_table(pl.DataFrame(array, schema=["0", "1"]))


def test_blocks_do_not_show_where_the_engine_cut():
    frame = pl.DataFrame({"a": range(70_000), "s": [str(n % 7) for n in range(70_000)]})
    pieces = pl.concat([frame[:10], frame[10:40_000], frame[40_000:]], rechunk=False)
    assert digest_table(pieces) == digest_table(frame)
    assert digest_table(frame[:-1]) != digest_table(frame)


def every_form(values):
    text = pl.Series("t", values, dtype=pl.String)
    return [
        text.to_frame(),
        pa.table({"t": pa.array(values, pa.string())}),
        pd.DataFrame({"t": pd.Series(values, dtype="str")}),
        pd.DataFrame({"t": pd.Series(values, dtype=object)}),
    ]


@pytest.mark.parametrize("count", [3, 255, 256, 20_000])
def test_few_and_many_values_have_the_same_digest_in_every_engine(count):
    values = [None if n % 11 == 10 else f"é{n * 7919 % count}" for n in range(2 * count)]
    assert len({digest_table(table) for table in every_form(values)}) == 1
    array = digest_array(np.array(values, dtype=object))
    assert array == digest_array(pl.Series(values).to_numpy())
    assert array != digest_array(np.array([*values[:-1], "x"], dtype=object))


def test_many_rows_and_columns_agree_with_what_one_thread_makes():
    rng = np.random.default_rng(0)
    columns = {f"c{at}": rng.integers(0, 9, 120_000).astype(str) for at in range(3)}
    columns |= {"user": np.char.add("u", np.arange(120_000).astype(str)), "x": rng.random(120_000)}
    frame = pl.DataFrame(columns)
    expected = digest_table(frame)
    assert digest_table(frame.to_pandas()) == digest_table(frame.to_arrow()) == expected
    assert digest_table(frame.with_columns(c1=pl.Series([*columns["c1"][:-1], "?"]))) != expected
    single = {name: digest_table(frame.select(name)) for name in frame.columns}
    assert single == {name: digest_table(frame.to_pandas()[[name]]) for name in frame.columns}


def test_where_a_value_is_missing_counts():
    gaps = [[None, "a", "b"], ["a", None, "b"], ["a", "b", None], ["", "a", "b"]]
    assert len({digest_table(pl.DataFrame({"t": values})) for values in gaps}) == len(gaps)
    many = [str(n) for n in range(300)]
    moved = [[None, *many], [many[0], None, *many[1:]], ["", *many]]
    assert len({digest_table(pl.DataFrame({"t": values})) for values in moved}) == len(moved)


def test_codes_and_values_are_not_confused():
    pairs = [["a", "b", "a"], ["b", "a", "b"], ["a", "a", "b"], ["ab", "b", "ab"], ["a", "c", "a"]]
    assert len({digest_table(pl.DataFrame({"t": values})) for values in pairs}) == len(pairs)


def test_long_text_is_joined_in_pieces():
    values = [f"{n:>40000}" for n in range(2_000)]
    assert digest_table(pl.DataFrame({"t": values})) == digest_table(pd.DataFrame({"t": values}))
    assert digest_table(pl.DataFrame({"t": values[::-1]})) != digest_table(pl.DataFrame({"t": values}))


def test_objects_that_only_begin_with_text_are_read_as_what_they_are():
    mixed = pd.DataFrame({"o": pd.Series(["a"] * 150 + [1], dtype=object)})
    text = pl.DataFrame({"o": ["a"] * 150 + ["1"]})
    assert digest_table(mixed) != digest_table(text)
    assert digest_table(pd.DataFrame({"o": pd.Series(["a"] * 150 + [b"1"], dtype=object)})) != digest_table(text)


def test_objects_of_several_types_are_told_apart():
    mixed = [[1, "1"], ["1", 1], [1, 1.5], [[1, 2], [3]], [{"a": 1}, None], [b"1", "1"], [dt.time(1), "x"]]
    digests = {digest_table(pd.DataFrame({"o": pd.Series(values, dtype=object)})) for values in mixed}
    assert len(digests) == len(mixed)


def test_an_object_without_a_digest_is_refused_with_its_place():
    with pytest.raises(UsageError, match=r"column 'o' of test, row 1 holds a .*Odd, which has no digest; drop"):
        digest_table(pd.DataFrame({"o": [1, Odd()]}), "test")


def test_an_object_may_bring_its_digest():
    assert digest_table(pd.DataFrame({"o": [Known("a"), 1]})) != digest_table(pd.DataFrame({"o": [Known("b"), 1]}))


def test_lone_surrogates_have_a_digest():
    assert digest_table(pd.DataFrame({"s": pd.Series(["a\ud800", "b"], dtype=object)})).startswith("sha256:")


class Odd:
    pass


class Known:
    def __init__(self, said):
        self.said = said

    def __mltest_digest__(self):
        return self.said


def test_a_file_has_the_digest_of_its_bytes(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"abc")
    assert digest_file(tmp_path / "a.bin") == "sha256:" + hashlib.sha256(b"abc").hexdigest() == digest_bytes(b"abc")


def test_a_folder_is_the_canonical_list_of_its_files(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "é.bin").write_bytes(b"abc")
    (tmp_path / "z").write_bytes(b"")
    listing = [
        {"bytes": 3, "path": "sub/é.bin", "sha256": hashlib.sha256(b"abc").hexdigest()},
        {"bytes": 0, "path": "z", "sha256": hashlib.sha256(b"").hexdigest()},
    ]
    text = json.dumps(listing, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert digest_tree(tmp_path) == digest_bytes(text.encode())


def test_a_folder_with_links_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(ArtifactError, match="symbolic link"):
        digest_tree(tmp_path)


def test_a_model_says_its_digest_or_has_none():
    said = "sha256:" + "a" * 64
    assert digest_model(object()) is None
    assert digest_model(Known(said)) == said
    with pytest.raises(UsageError, match="64 hex digits"):
        digest_model(Known("a41f"))
