"""An organisation's own catalogue on top of the one that ships: it adds and it lowers, it never raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mltest.errors import UsageError
from mltest.policy.control_ids import control_slug, framework_slug
from mltest.policy.control_rows import COLUMNS, STRENGTHS, Cells, Control, cells_of, control_of, problems_of

__all__ = ["CLOSED", "with_own"]

CLOSED = "ML Test Score"  # 28 published tests in four sections of seven: its sums mean nothing with another one


def with_own(shipped: Sequence[Control], data: bytes, name: str) -> list[Control]:
    """The shipped rows, some of them lowered, and the organisation's own after them.

    Parameters
    ----------
    shipped : sequence of Control
        Without mistakes.
    data : bytes
        The organisation's file. A row with the id of a shipped one may lower its strength (direct, partial, record,
        manual) or narrow its kinds; its other cells repeat the shipped ones or stay empty.
    name : str
        What messages call that file.

    Raises
    ------
    UsageError
        With every mistake and its line.
    """
    rows = {row.id: row for row in shipped}
    names = _Names(shipped)
    problems, seen = [], dict[str, int]()
    for cells in cells_of(data, name):
        found, wrong = _merged(rows, names, cells, seen)
        problems += [f"{name}:{cells.line}: {problem}" for problem in wrong]
        if not wrong:
            rows[found.id] = found
    if problems:
        raise UsageError("\n".join(problems))
    return list(rows.values())


class _Names:
    """The frameworks and short ids that are taken, and by whom."""

    def __init__(self, rows: Iterable[Control]) -> None:
        self.frameworks: dict[str, tuple[str, str]] = {}
        self.controls: dict[tuple[str, str], str] = {}
        for row in rows:
            self.add(row)

    def add(self, row: Control) -> list[str]:
        """Take the names of a row; what is in the way otherwise."""
        slug = framework_slug(row.framework)
        name, version = self.frameworks.setdefault(slug, (row.framework, row.framework_version))
        if name != row.framework:
            return [
                f"framework {row.framework!r} has the short name {slug!r} of {name!r}: write it like that, or rename it"
            ]
        if version != row.framework_version:
            return [f"framework_version {row.framework_version!r}: {name} stands in the catalogue as {version!r}"]
        key = (slug, control_slug(row.control_id))
        taken = self.controls.setdefault(key, row.control_id)
        if not key[1] or not slug:
            return [f"{row.id!r} has no letters or digits to make a short id of"]
        if taken != row.control_id:
            return [f"control {row.control_id!r} has the short id {slug}:{key[1]} of {taken!r}: rename it"]
        return []


def _merged(
    rows: Mapping[str, Control], names: _Names, cells: Cells, seen: dict[str, int]
) -> tuple[Control, list[str]]:
    identifier = f"{cells.values['framework']}/{cells.values['control_id']}"
    first = seen.setdefault(identifier, cells.line)
    shipped = rows.get(identifier)
    if first != cells.line:
        return control_of(cells.values), [f"{identifier!r} stands in line {first} already"]
    if shipped:
        return _lowered(shipped, cells.values)
    problems = problems_of(cells.values)
    found = control_of(cells.values, own=True)
    if not problems and found.framework == CLOSED:
        problems = [f"{CLOSED} has 28 published tests: no row can be added to it"]
    return found, problems or names.add(found)


def _lowered(shipped: Control, given: Mapping[str, str]) -> tuple[Control, list[str]]:
    """A shipped row with the strength and the kinds of an own one, where those demand more."""
    known = {**shipped._asdict(), "check_kinds": ";".join(shipped.check_kinds)}
    values = {column: given[column] or known[column] for column in COLUMNS}
    problems = problems_of(values)
    if problems:
        return shipped, problems
    found = control_of(values)
    free = ("strength", "check_kinds")
    problems += [
        f"{column} of {shipped.id!r} is {known[column]!r}: leave the cell empty, only strength and kinds can be changed"
        for column in COLUMNS
        if column not in free and values[column] != known[column]
    ]
    if STRENGTHS.index(found.strength) < STRENGTHS.index(shipped.strength):
        problems.append(
            f"strength {found.strength!r} is above the {shipped.strength!r} of {shipped.id!r}: it can only be lowered"
        )
    if more := [kind for kind in found.check_kinds if kind not in shipped.check_kinds]:
        problems.append(f"check_kinds of {shipped.id!r} can only be narrowed; {', '.join(more)} is not among its kinds")
    return found, problems
