"""Which columns there are and in which order: every deviation, where pandera's Polars backend stops at the first."""

from __future__ import annotations

from typing import Any

from mltest.data.schema_findings import Broken

__all__ = ["layout_rules"]


def layout_rules(schema: Any, frame: Any) -> list[Broken]:
    """The extra columns and those out of order; ``schema`` is a copy of ours and is not asked for them again."""
    if schema.strict is not True and not schema.ordered:
        return []
    demanded = _demanded(schema, frame)
    present = list(frame.columns)
    found: list[Broken] = []
    if schema.strict is True:
        found += [Broken("columns", str(name), "not in the schema") for name in present if name not in demanded]
        schema.strict = False
    if schema.ordered:
        ours = [name for name in present if name in demanded]
        found += [
            Broken("columns", str(name), "out of order")
            for name, due in zip(ours, demanded, strict=True)
            if name != due
        ]
        schema.ordered = False
    return found


def _demanded(schema: Any, frame: Any) -> dict[Any, None]:
    """The columns of the frame that the schema knows, in the schema's order."""
    from pandera.errors import SchemaError

    # pandera knows the columns of Polars by the lazy frame alone
    asked = frame.lazy() if hasattr(frame, "lazy") else frame
    names: dict[Any, None] = {}
    for name, column in schema.columns.items():
        if not column.regex:
            matched = [name] if name in frame.columns else []
        else:
            try:
                matched = list(column.get_backend(asked).get_regex_columns(column, asked))
            except SchemaError:
                matched = []
        names.update(dict.fromkeys(matched))
    return names
