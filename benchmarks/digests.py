"""How fast what was read gets its digest: files, and tables in memory by engine.

python benchmarks/digests.py [MEGABYTES] [TIMES]

The file is read once before, so that it is in the machine's memory. The tables have six columns of text, either of 20
values each or all different, and the rate is that of their text in UTF-8; beside each the rate of SHA-256 itself.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mltest.inputs.digests import digest_file, digest_table

BUDGET = 1.0
COLUMNS, VALUES = 6, 20


def tables(rows: int, *, few: bool) -> tuple[int, dict[str, Any]]:
    """The bytes of the text, and the same table by engine."""
    rng = np.random.default_rng(5)
    numbers = rng.integers(0, VALUES if few else 2**40, (COLUMNS, rows)).astype(str)
    frame = pl.DataFrame({f"t{at}": np.char.add("text-", column) for at, column in enumerate(numbers)})
    size = sum(int(column.str.len_bytes().sum()) for column in frame)
    pandas = frame.to_pandas()
    objects = pandas.astype(object)
    return size, {"polars": frame, "pyarrow": frame.to_arrow(), "pandas": pandas, "pandas objects": objects}


def rate(size: int, call: Callable[[], object], times: int) -> float:
    """Gigabytes a second in the fastest of several runs."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        took.append(time.perf_counter() - started)
    return size / min(took) / 1e9


def main(megabytes: int = 400, times: int = 5) -> None:
    """Print the rates."""
    content = np.random.default_rng(5).bytes(megabytes * 10**6)
    itself = rate(len(content), lambda: hashlib.sha256(content), times)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "data.bin")
        path.write_bytes(content)
        files = rate(len(content), lambda: digest_file(path), times)
    print(f"digest of a warm file: {files:.2f} GB/s (budget {BUDGET}), SHA-256 itself {itself:.2f}")
    for few in (True, False):
        size, by_engine = tables(10**6, few=few)
        rates = {engine: rate(size, partial(digest_table, table), times) for engine, table in by_engine.items()}
        said = ", ".join(f"{engine} {found:.2f}" for engine, found in rates.items())
        print(f"        of text, {f'{VALUES} values' if few else 'all different'}, {size / 1e6:.0f} MB, GB/s: {said}")
    print("        python benchmarks/digests.py")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
