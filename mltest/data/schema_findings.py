"""pandera's errors as broken rules: counted by vectorised means, without any value of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.digits import count
from mltest.errors import nearest
from mltest.inputs.columns import missing_in
from mltest.inputs.tables import read

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.data.schema_trial import Trial

__all__ = ["Broken", "broken_rules", "coerced_columns"]

_LONGEST = 72
_TABLE = "table"


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken rule; ``rows`` is None where the rule is about the column or table as a whole."""

    rule: str
    where: str
    what: str
    rows: int | None = None
    raised: bool = False
    warns: bool = False

    @property
    def tolerable(self) -> bool:
        """Whether a share of failing rows may be tolerated: never for columns, types and what raised."""
        return self.rows is not None and not self.raised and self.rule not in ("columns", "types")


def broken_rules(trial: Trial, layout: Sequence[Broken] = ()) -> list[Broken]:
    """Each broken rule once, worst first; ``layout`` are those found before pandera ran."""
    found = [*layout, *(_broken(error, trial) for error in trial.errors)]
    unsound = {item.where for item in found if _explains_a_raise(item)}
    if any(item.rule == "types" and item.where != _TABLE for item in found):
        # pandera's Polars backend reports a failed coercion for the table, and again for each column
        found = [item for item in found if (item.rule, item.where) != ("types", _TABLE)]
    return sorted(_settled(found, unsound), key=_badness)


def _explains_a_raise(item: Broken) -> bool:
    return item.where != _TABLE and (item.rule == "types" or item.what.startswith("missing"))


def _badness(item: Broken) -> tuple[Any, ...]:
    structural = {"columns": 0, "types": 1}.get(item.rule, 2)
    return (item.warns, not item.raised, structural, -(item.rows or 0) if item.rows is not None else -1e18, item.where)


def _settled(found: list[Broken], unsound: set[str]) -> Iterable[Broken]:
    """What raised on a column of the wrong type is that type's fault; a failed coercion is told once."""
    mistyped = set()
    for item in found:
        if item.rule == "types":
            if item.where in mistyped:
                continue
            mistyped.add(item.where)
        blamed = unsound if item.where == _TABLE else unsound & {item.where}
        if item.raised and blamed:
            item = replace(item, raised=False, what=f"{item.what}, with {listed(tuple(sorted(blamed)))} broken")  # noqa: PLW2901
        yield item


def _broken(error: Any, trial: Trial) -> Broken:
    reason = error.reason_code.name if error.reason_code is not None else "NO_REASON"
    if reason in _READERS:
        return _READERS[reason](error, trial)
    return Broken("columns", _where(error), f"breaks {_check_name(error.check)} ({reason.lower()})")


def _unmatched(error: Any, _: Trial) -> Broken:
    return Broken("columns", str(error.schema.name), "no column matches this pattern")


def _missing(error: Any, trial: Trial) -> Broken:
    name = str(error.failure_cases)
    return Broken("columns", name, f"missing{nearest(name, map(str, trial.frame.columns))}")


def _wrong_type(error: Any, trial: Trial) -> Broken:
    return Broken("types", _where(error), _type_words(error, trial.frame))


def _uncoercible(error: Any, trial: Trial) -> Broken:
    return Broken("types", _where(error), _type_words(error, trial.frame), _case_rows(error))


def _null(error: Any, _: Trial) -> Broken:
    return Broken("nulls", _where(error), "null, though not nullable", _case_rows(error))


def _not_unique(error: Any, _: Trial) -> Broken:
    return Broken("unique", _where(error), "values that occur more than once", _case_rows(error) or None)


def _raising(error: Any, _: Trial) -> Broken:
    # pandera writes 'ValueError("the value")': the name alone holds no data.
    kind = str(error.failure_cases).partition("(")[0] or "an error"
    return Broken("values", _where(error), f"{_check_words(error)} raised {kind}", raised=True)


def _refused(error: Any, trial: Trial) -> Broken:
    warns = f"{error.schema.name}\n{error.check}" in trial.warning_checks
    rows = failing_rows(error.check, error.check_output, len(trial.frame))
    return Broken("values", _where(error), f"breaks {_check_words(error)}", rows, warns=warns)


def _where(error: Any) -> str:
    kind = type(error.schema).__name__
    name = error.column_name or (None if kind == "DataFrameSchema" else error.schema.name)
    if name is not None:
        return str(name)
    return "index" if "Index" in kind else _TABLE


def _check_words(error: Any) -> str:
    name = _check_name(error.check)
    return f"check {error.check_index + 1} (a lambda)" if name == "<lambda>" else name


def _check_name(check: Any) -> str:
    name = check if isinstance(check, str) or check is None else (check.error or check.name or "an unnamed check")
    text = " ".join(str(name).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _type_words(error: Any, frame: Any) -> str:
    if _where(error) == _TABLE:
        return "values that cannot be coerced to the demanded types"
    demanded = str(error.schema.dtype)
    if error.schema.name not in frame.columns:
        return f"not {demanded}"
    got = str(frame[error.schema.name].dtype)
    if error.reason_code.name == "DATATYPE_COERCION":
        return f"{got} that cannot be coerced to {demanded}"
    return f"{got}, demanded {demanded}" if got != demanded else f"{got} with other categories than demanded"


def _case_rows(error: Any) -> int | None:
    cases = error.failure_cases
    return len(cases) if hasattr(cases, "columns") else None


def _repeated(error: Any, trial: Trial) -> Broken:
    columns = error.schema.unique
    names = columns if isinstance(columns, list) and all(isinstance(name, str) for name in columns) else None
    what = "rows that occur more than once"
    if names is None or not set(names) <= set(trial.frame.columns):
        return Broken("unique", _TABLE, f"{what} in columns that must be unique together")
    frame = read(trial.frame).frame.select(names)
    return Broken("unique", ", ".join(names), what, int(frame.is_duplicated().sum()))


_READERS: dict[str, Callable[[Any, Trial], Broken]] = {
    "CHECK_ERROR": _raising,
    "COLUMN_NOT_IN_DATAFRAME": _missing,
    "DATAFRAME_CHECK": _refused,
    "DATATYPE_COERCION": _uncoercible,
    "DUPLICATES": _repeated,
    "INVALID_COLUMN_NAME": _unmatched,
    "SERIES_CONTAINS_DUPLICATES": _not_unique,
    "SERIES_CONTAINS_NULLS": _null,
    "WRONG_DATATYPE": _wrong_type,
}


def failing_rows(check: Any, output: Any, rows: int) -> int | None:
    """How many rows a check refused; None where it answered for groups or for the whole at once."""
    if check.groupby is not None or not getattr(output, "shape", ()):
        return None
    if not hasattr(output, "columns"):
        return int((~_passes(output)).sum())
    if len(output) == 1 and list(output.columns) == ["check_output"] and rows > 1:
        return None  # the Polars backend writes one answer for the whole as a frame of one row
    return int((~np.logical_and.reduce([_passes(output[name]) for name in output.columns])).sum())


def _passes(answers: Any) -> NDArray[np.bool_]:
    """Pandera takes no answer for a yes."""
    array = np.asarray(answers.to_numpy())
    if array.dtype == np.bool_:
        return array
    missing = missing_in(array)
    return np.asarray(np.where(missing, True, array), dtype=bool)  # noqa: FBT003


def coerced_columns(before: Any, after: Any) -> tuple[str, ...]:
    """The columns whose type pandera changed before it looked at the values, with both types."""
    both = [name for name in before.columns if name in after.columns]
    types = {name: (before[name].dtype, after[name].dtype) for name in both}
    return tuple(f"{name} ({old} to {new})" for name, (old, new) in types.items() if str(old) != str(new))


def listed(items: tuple[str, ...], most: int = 3) -> str:
    """``a, b, c and 4 more``."""
    more = f" and {count(len(items) - most)} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
