"""manual_controls.toml: what people attest about the controls that no check can measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mltest.policy.strict_toml import Field, Mistakes, check_table, day, digest_text, moment, read_rows, text

__all__ = ["read_attestations"]

SCHEMA = "mltest/manual-controls/v1"
_DOCUMENT = {"name": Field(text), "sha256": Field(digest_text)}


def _document(value: object) -> str | None:
    return None if isinstance(value, dict) else 'a table such as {name = "OP-7.pdf", sha256 = "..."}'


FIELDS = {
    "control": Field(text),
    "statement": Field(text),
    "document": Field(_document, required=False),
    "by": Field(text),
    "at": Field(moment),
    "expires": Field(day),
}


def read_attestations(data: bytes, name: str = "manual_controls.toml") -> tuple[Mapping[str, Any], ...]:
    """Every attestation of the file, as plain values; times and dates as in the evidence.

    Raises
    ------
    UsageError
        With every mistake: its line, and the key that was meant.

    Examples
    --------
    >>> read_attestations(b'schema = "mltest/manual-controls/v1"')
    ()
    """
    rows, mistakes = read_rows(
        data, schema=SCHEMA, table="attestation", fields=FIELDS, mistakes=lambda source: Mistakes(name, source)
    )
    for at, row in enumerate(rows):
        place = ("attestation", at)
        if isinstance(row.get("document"), dict):
            check_table(
                row["document"], (*place, "document"), _DOCUMENT, mistakes, called=f"document of attestation {at + 1}"
            )
        if not moment(row.get("at")) and not day(row.get("expires")) and row["expires"] < row["at"].date():
            mistakes.add((*place, "expires"), f"attestation {at + 1} expires before it was given")
    mistakes.raise_all()
    return tuple(_plain(row) for row in rows)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "at": row["at"].isoformat(), "expires": row["expires"].isoformat()}
