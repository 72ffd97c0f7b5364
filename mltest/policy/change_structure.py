"""Where two nested values without an order differ: DeepDiff finds the places, each becomes a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mltest.policy.change_line import line_of, shown

__all__ = ["differing_places", "structure_lines"]

_MOST = 20


def structure_lines(
    identity: str, field: str, old: Any, new: Any, *, called: str | None = None, kind: str = "changed"
) -> Iterator[dict[str, Any]]:
    """A line for each place where two plain values differ; beyond twenty places one line for the whole.

    Parameters
    ----------
    identity, field : str
        Whose member it is.
    old, new : Any
        Plain values; None for what is not there.
    called : str, optional
        What the words call the member; its name if left out.
    kind : str
        The kind of the lines.
    """
    name = called or field
    places = list(differing_places(old, new))
    if len(places) > _MOST:
        what = f"{name} differs in {len(places)} places"
        yield line_of(kind, identity, field, (None, None), what)
        return
    for place, before, after in places:
        yield line_of(
            kind, identity, field + place, (before, after), f"{name}{place} {shown(before)} -> {shown(after)}"
        )


def differing_places(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each place as ``[key][0]``, with both values; the place of the whole is empty.

    Examples
    --------
    >>> list(differing_places({"a": [1, 2]}, {"a": [1, 3]}))
    [('[a][1]', 2, 3)]
    >>> list(differing_places("x", "y"))
    [('', 'x', 'y')]
    """
    if old == new and type(old) is type(new):
        return
    nested = (dict, list)
    if type(old) is not type(new) or not isinstance(old, nested):
        yield "", old, new
        return
    from deepdiff import DeepDiff

    found = DeepDiff(old, new, view="tree", ignore_numeric_type_changes=True, threshold_to_diff_deeper=0)
    levels = [level for group in found.values() for level in group]
    places = [("".join(f"[{part}]" for part in level.path(output_format="list")), level) for level in levels]
    for place, level in sorted(places, key=lambda pair: pair[0]):
        yield place, _value(level.t1), _value(level.t2)


def _value(found: Any) -> Any:
    """A plain value; None for DeepDiff's mark of what is not there."""
    return found if isinstance(found, (str, int, float, dict, list)) or found is None else None
