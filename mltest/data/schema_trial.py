"""One run of pandera that keeps every broken rule and stores none of the values."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mltest.errors import UsageError, nearest
from mltest.quoted import quoted

__all__ = ["Trial", "prepared", "rules_in", "run"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What pandera found: its errors, and the frame after its parsers."""

    errors: tuple[Any, ...]
    frame: Any
    flags: tuple[str, ...]
    warning_checks: frozenset[str]


def prepared(schema: Any, environment: str | None) -> Any:
    """A copy of the schema with the columns that are due in this environment."""
    own = copy.deepcopy(schema)
    if environment is None:
        return own
    declared = {name: _environments(column) for name, column in own.columns.items()}
    known = sorted({stage for stages in declared.values() for stage in stages or ()})
    if environment not in known:
        raise UsageError(
            f"assert_schema(environment={environment!r}): no column of the schema is declared for it"
            f"{nearest(environment, known)}; declared are {', '.join(known) or 'none'} "
            '(Column(metadata={"environments": [...]}))'
        )
    absent = [name for name, stages in declared.items() if stages is not None and environment not in stages]
    for name in absent:
        del own.columns[name]
    own.unique = _without(own.unique, absent)
    return own


def _environments(column: Any) -> list[str] | None:
    stages = (column.metadata or {}).get("environments")
    return [stages] if isinstance(stages, str) else stages


def _without(unique: Any, absent: list[str]) -> Any:
    if not unique or not absent:
        return unique
    if all(isinstance(name, str) for name in unique):
        unique = [unique]
    return [group for group in unique if not set(group) & set(absent)] or None


def run(schema: Any, frame: Any) -> Trial:
    """Validate the frame once, all rules, all rows, whatever pandera's settings say.

    ``schema`` is changed: pass the copy that ``prepared`` makes.
    """
    from pandera.config import CONFIG, ValidationDepth, config_context
    from pandera.errors import SchemaError, SchemaErrors

    if getattr(CONFIG, "use_narwhals_backend", False):
        raise UsageError(
            "pandera's Narwhals backend is switched on (PANDERA_USE_NARWHALS_BACKEND): it does not count every failing "
            "row and does not coerce; switch it off for mltest, which converts tables of other engines itself"
        )
    flags = _flags(schema)
    frame, one_case = _with_clear_index(schema, frame)
    warning_checks = frozenset(_silence_nothing(schema, one_case=one_case))
    for part in _parts(schema):
        _report_lightly(part)
    errors: tuple[Any, ...] = ()
    try:
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            after = schema.validate(frame, lazy=True)
    except SchemaErrors as found:
        errors, after = tuple(found.schema_errors), found.data
    except SchemaError as found:
        errors, after = (found,), frame
    except Exception as error:
        raise UsageError(
            f"pandera cannot apply the schema to this table: {type(error).__name__}: {_first_line(error)}"
        ) from error
    return Trial(errors=errors, frame=after, flags=flags, warning_checks=warning_checks)


def _first_line(error: Exception) -> str:
    return quoted((str(error).strip().splitlines() or ["no message"])[0][:200])


def _parts(schema: Any) -> Iterator[Any]:
    yield schema
    yield from schema.columns.values()
    index = getattr(schema, "index", None)
    if index is not None:
        yield index
        yield from getattr(index, "indexes", ())


def _flags(schema: Any) -> tuple[str, ...]:
    """What the schema would do to the data before or instead of a judgement."""
    parts = list(_parts(schema))
    asked = {
        "drop_invalid_rows_ignored": any(getattr(part, "drop_invalid_rows", False) for part in parts),
        "adds_missing_columns": bool(getattr(schema, "add_missing_columns", False)),
        "fills_defaults": any(getattr(part, "default", None) is not None for part in parts[1:]),
        "parses": any(getattr(part, "parsers", None) for part in parts),
    }
    return tuple(flag for flag, is_asked in asked.items() if is_asked)


def _with_clear_index(schema: Any, frame: Any) -> tuple[Any, bool]:
    """Whether pandera can cut its failure cases: on pandas it fails at that where index labels repeat."""
    index = getattr(frame, "index", None)
    if index is None or index.is_unique:
        return frame, True
    return (frame, False) if schema.index is not None else (frame.reset_index(drop=True), True)


def _silence_nothing(schema: Any, *, one_case: bool) -> Iterator[str]:
    """Invalid rows are counted, not dropped; a check that only warns is counted too, and named here."""
    for part in _parts(schema):
        if getattr(part, "drop_invalid_rows", False):
            part.drop_invalid_rows = False
        for check in getattr(part, "checks", None) or ():
            # One kept failure case: pandera's own message would otherwise print each of millions.
            check.n_failure_cases = 1 if one_case else None
            if check.raise_warning:
                check.raise_warning = False
                yield f"{part.name}\n{check}"


def _report_lightly(part: Any) -> None:
    """Spare pandera its table of failure cases: slow, full of values, and on Polars it breaks on a scalar case."""
    from pandera.errors import FailureCaseMetadata

    backend_of = part.get_backend

    def without_cases(*_: Any, **__: Any) -> Any:
        return FailureCaseMetadata(failure_cases=None, message={}, error_counts={})

    def get_backend(*args: Any, **kwargs: Any) -> Any:
        backend = backend_of(*args, **kwargs)
        backend.failure_cases_metadata = without_cases
        return backend

    part.get_backend = get_backend


def rules_in(schema: Any) -> int:
    """How many rules a schema holds: for each column that it is there, its type, nulls, uniqueness and checks."""
    total = sum(_rules_of(column) for column in schema.columns.values())
    total += len(schema.checks) + bool(schema.strict) + bool(schema.ordered) + bool(schema.unique)
    total += schema.dtype is not None
    index = getattr(schema, "index", None)
    return total + (_rules_of(index) if index is not None else 0)


def _rules_of(column: Any) -> int:
    asked = (
        getattr(column, "required", False),
        column.dtype is not None if not hasattr(column, "indexes") else True,
        not getattr(column, "nullable", True),
        bool(getattr(column, "unique", False)),
    )
    return sum(map(bool, asked)) + len(getattr(column, "checks", None) or ())
