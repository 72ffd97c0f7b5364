"""The catalogue of controls: 18 published frameworks as package data, and what an organisation adds to it.

A mark such as ``@pytest.mark.mltest(controls=["eu-ai-act:15.1"])`` is a claim by the project that a test has to do
with a control. The catalogue says what the control asks, which kinds of check could show it, and how much of it a
check can show at most (governance section 16).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError, UsageError, nearest
from mltest.evidence.canonical import canonical, digest, parse
from mltest.policy.control_ids import canonical_from, framework_slug, short_id
from mltest.policy.control_own import with_own
from mltest.policy.control_rows import COLUMNS, STRENGTHS, Control, cells_of, control_of, problems_of

__all__ = [
    "DATE",
    "Catalogue",
    "canonical_id",
    "canonical_ids",
    "catalogue",
    "chosen_frameworks",
    "project_catalogue",
    "recorded_catalogue",
    "recorded_controls",
    "refuse_unknown",
    "rows_unlike_shipped",
]

DATE = "2026-11-21"  # of controls.csv; tests/policy/test_controls.py holds it beside the digest of the file
_FILE = Path(__file__).with_name("controls.csv")
_SCHEMA = "mltest/controls/v1"


class Catalogue:
    """Controls in the order of their files.

    Parameters
    ----------
    rows : iterable of Control
        Unique by id.
    version : mapping
        ``digest`` and ``date`` of the catalogue that ships with mltest, ``own`` the digest of an organisation's.

    Examples
    --------
    >>> known = catalogue()
    >>> known.find("EU AI Act/Art. 15(1)").strength, known.short("EU AI Act/Art. 15(1)")
    ('partial', 'eu-ai-act:15.1')
    """

    def __init__(self, rows: Iterable[Control], version: Mapping[str, str | None]) -> None:
        self.rows = tuple(rows)
        self.version = dict(version)
        self.frameworks = tuple(dict.fromkeys(row.framework for row in self.rows))
        self._rows = {row.id: row for row in self.rows}

    @functools.cached_property
    def shorts(self) -> dict[str, str]:
        """The canonical id of each short one."""
        return {self.short(row): row for row in self._rows}

    def short(self, identifier: str) -> str:
        """The short form of a canonical id."""
        return short_id(identifier, self.frameworks)

    def find(self, text: str) -> Control:
        """The control of an id in any spelling; ``UsageError`` with the nearest where there is none."""
        known = self._rows.get(text)
        return known or self._rows[canonical_from(text, self.shorts, self.frameworks)]

    def get(self, text: str) -> str | None:
        """The canonical id of a control in any spelling, or None where the catalogue has no such control."""
        try:
            return self.find(text).id
        except UsageError:
            return None

    def framework(self, text: str) -> str:
        """The name of a framework, from its name or its short name; ``UsageError`` with the nearest."""
        slugs = {framework_slug(name): name for name in self.frameworks}
        if framework_slug(text) not in slugs:
            near = nearest(framework_slug(text), slugs) or f"; known are {', '.join(slugs)}"
            raise UsageError(f"no framework {text!r} in the catalogue{near} (mltest list controls)")
        return slugs[framework_slug(text)]

    def only(self, frameworks: Iterable[str]) -> Catalogue:
        """The part that these frameworks make up, in the order of the catalogue."""
        names = {self.framework(name) for name in frameworks}
        return Catalogue((row for row in self.rows if row.framework in names), self.version)

    def recorded(self) -> bytes:
        """The canonical bytes that evidence keeps, so that it reads the same under a later catalogue."""
        rows = [{**row._asdict(), "check_kinds": list(row.check_kinds)} for row in self.rows]
        return canonical({"schema": _SCHEMA, "version": self.version, "controls": rows})


@functools.cache
def catalogue(own: bytes | None = None, name: str = "controls.csv") -> Catalogue:
    """The catalogue that ships with mltest, with an organisation's own rows where there are any.

    Parameters
    ----------
    own : bytes, optional
        A file of the same columns. It may add frameworks and rows, lower the strength of a row or narrow its kinds.
    name : str
        What messages call that file.

    Raises
    ------
    UsageError
        With every mistake of the own file, its line and the nearest allowed word.

    Examples
    --------
    >>> len(catalogue().frameworks)
    18
    """
    data = _FILE.read_bytes().replace(b"\r\n", b"\n")
    # its rows are checked by a test, not at each start
    shipped = [control_of(cells.values) for cells in cells_of(data, _FILE.name)]
    version = {"digest": digest(data), "date": DATE, "own": None if own is None else digest(own)}
    return Catalogue(shipped if own is None else with_own(shipped, own, name), version)


def project_catalogue(base: Path, own: str | None) -> Catalogue:
    """The catalogue of a project: ``own`` is its setting ``controls``, a path from the folder of its settings.

    Raises
    ------
    UsageError
        If that file is missing or has mistakes.
    """
    if own is None:
        return catalogue()
    try:
        data = (base / own).read_bytes()
    except OSError as missing:
        raise UsageError(f'controls = "{own}" in the settings: cannot read that file ({missing.strerror})') from missing
    return catalogue(data, own)


def recorded_catalogue(data: bytes) -> Catalogue:
    """The catalogue that a run was judged by, from the bytes that ``Catalogue.recorded`` gave.

    Raises
    ------
    EvidenceError
        If they are not of that form.

    Examples
    --------
    >>> part = catalogue().only(["gdpr"])
    >>> recorded_catalogue(part.recorded()).rows == part.rows
    True
    """
    try:
        held = parse(data)
        rows = [_row(row) for row in held["controls"]]
        known = held["schema"] == _SCHEMA
        version = {name: held["version"][name] for name in ("digest", "date", "own")}
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise EvidenceError(f"the recorded catalogue of controls cannot be read: {broken!r}") from broken
    if not known:
        raise EvidenceError(f"the recorded catalogue of controls has the unknown schema {held['schema']!r}")
    return Catalogue(rows, version)


def _row(row: Mapping[str, Any]) -> Control:
    if not set(row) == {*COLUMNS, "own"}:
        raise KeyError(", ".join(sorted(set(row) ^ {*COLUMNS, "own"})))
    values = {column: row[column] for column in COLUMNS} | {"check_kinds": ";".join(row["check_kinds"])}
    if problems := problems_of(values):
        raise ValueError("; ".join(problems))
    return control_of(values, own=bool(row["own"]))


def canonical_id(text: str, known: Catalogue | None = None) -> str:
    """The canonical id of a control in any of its spellings.

    Parameters
    ----------
    text : str
        Short, canonical, or the framework and the control's own id with ``:``, ``/`` or a blank between them.
    known : Catalogue, optional
        The one that ships with mltest if left out.

    Raises
    ------
    UsageError
        With the nearest id.

    Examples
    --------
    >>> canonical_id("eu-ai-act:Art. 15(1)"), canonical_id("nist-ai-rmf:measure-2.3")
    ('EU AI Act/Art. 15(1)', 'NIST AI RMF/MEASURE 2.3')
    """
    return (known or catalogue()).find(text).id


def canonical_ids(texts: Iterable[str], known: Catalogue | None = None) -> list[str]:
    """The canonical ids of the controls of a mark, sorted and without doubles.

    Raises
    ------
    UsageError
        For the first that is in no catalogue, with the nearest id.

    Examples
    --------
    >>> canonical_ids(["eu-ai-act:15.4", "eu-ai-act:15.1", "EU AI Act/Art. 15(1)"])
    ['EU AI Act/Art. 15(1)', 'EU AI Act/Art. 15(4)']
    """
    return sorted({canonical_id(text, known) for text in texts})


def recorded_controls(known: Catalogue, named: Iterable[str], setting: Iterable[str] = ()) -> bytes | None:
    """What a run keeps of the catalogue: the frameworks that its report shows, or None where it shows none.

    Parameters
    ----------
    known, named, setting
        As in ``chosen_frameworks``.

    Examples
    --------
    >>> recorded_controls(catalogue(), []) is None
    True
    """
    chosen = chosen_frameworks(known, named, setting)
    return known.only(chosen).recorded() if chosen else None


def chosen_frameworks(known: Catalogue, named: Iterable[str], setting: Iterable[str] = ()) -> tuple[str, ...]:
    """The frameworks that a report shows: those of the setting, or else those that at least one mark names.

    Parameters
    ----------
    known : Catalogue
        Of the project.
    named : iterable of str
        The canonical ids of all marks; they were looked up when they were collected, and one that is of no known
        framework here adds none.
    setting : iterable of str
        The setting ``frameworks``; names or short names.

    Examples
    --------
    >>> chosen_frameworks(catalogue(), ["EU AI Act/Art. 15(1)"]), chosen_frameworks(catalogue(), [], ["gdpr"])
    (('EU AI Act',), ('GDPR',))
    """
    names = {known.framework(name) for name in setting}
    names = names or {known.find(control).framework for control in named if known.get(control)}
    return tuple(name for name in known.frameworks if name in names)


def refuse_unknown(
    known: Catalogue, attestations: Iterable[Mapping[str, Any]], name: str = "manual_controls.toml"
) -> None:
    """Refuse attestations of controls that are in no catalogue.

    Raises
    ------
    UsageError
        With each of them and its nearest id.

    Examples
    --------
    >>> refuse_unknown(catalogue(), [{"control": "gdpr:5.2"}])
    """
    problems = []
    for at, row in enumerate(attestations, start=1):
        try:
            known.find(row["control"])
        except UsageError as unknown:
            problems.append(f"{name}: attestation {at}: {unknown}")
    if problems:
        raise UsageError("\n".join(problems))


def rows_unlike_shipped(known: Catalogue) -> tuple[str, ...]:
    """The ids of recorded rows that say more than the shipped catalogue that they claim to come from.

    A row may be lowered by an organisation's own catalogue, or be its own; anything else was altered later. Nothing can
    be said, and nothing is returned, where the evidence names another version of the catalogue than this package has.

    Examples
    --------
    >>> rows_unlike_shipped(catalogue().only(["gdpr"]))
    ()
    """
    shipped = catalogue()
    if known.version["digest"] != shipped.version["digest"]:
        return ()
    rows = {row.id: row for row in shipped.rows}
    return tuple(
        row.id for row in known.rows if not (row.own and row.id not in rows) and not _within(row, rows.get(row.id))
    )


def _within(row: Control, shipped: Control | None) -> bool:
    """Whether a row is the shipped one, or that one lowered."""
    if shipped is None or STRENGTHS.index(row.strength) < STRENGTHS.index(shipped.strength):
        return False
    lowered = shipped._replace(strength=row.strength, check_kinds=row.check_kinds)
    return row == lowered and set(row.check_kinds) <= set(shipped.check_kinds)
