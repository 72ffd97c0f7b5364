"""The ids of controls: one canonical form, one short form, and every spelling of them in a mark.

The canonical id joins the framework's name and the control's own id as its source writes it:
``EU AI Act/Art. 15(1)``. The short id is made from it by one rule. Of the framework, lower case with ``-`` for
whatever is no letter or digit; then ``:``; of the control, lower case without a leading ``Art.`` or ``theme:``, an
opening bracket as ``.``, a closing one as nothing, and ``-`` for anything else: ``eu-ai-act:15.1``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from mltest.errors import UsageError, nearest

__all__ = ["canonical_from", "control_slug", "framework_slug", "short_id"]

_LEAD = re.compile(r"(art(icle)?\.?\s+|theme:)")


def framework_slug(name: str) -> str:
    """The short name of a framework.

    Examples
    --------
    >>> framework_slug("ISO/IEC 42001")
    'iso-iec-42001'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def control_slug(control_id: str) -> str:
    """The short form of a control's own id.

    Examples
    --------
    >>> control_slug("Art. 10(2)(f)"), control_slug("theme:outcomes-analysis"), control_slug("MEASURE 2.3")
    ('10.2.f', 'outcomes-analysis', 'measure-2.3')
    """
    text = control_id.casefold().strip()
    lead = _LEAD.match(text)
    text = text[lead.end() :] if lead else text
    text = re.sub(r"\s*\(\s*", ".", text).replace(")", "")
    return re.sub(r"[^a-z0-9.]+", "-", text).strip("-.")


def short_id(canonical: str, frameworks: Iterable[str]) -> str:
    """The short form of a canonical id; the frameworks tell where its name ends, for a name may hold a ``/``.

    Examples
    --------
    >>> short_id("ISO/IEC 42001/A.6.2.4", ["ISO/IEC 42001"])
    'iso-iec-42001:a.6.2.4'
    """
    fitting = [name for name in frameworks if canonical.startswith(f"{name}/")]
    if not fitting:
        raise UsageError(f"no framework of {canonical!r} is in the catalogue (mltest list controls)")
    name = max(fitting, key=len)
    return f"{framework_slug(name)}:{control_slug(canonical[len(name) + 1 :])}"


def canonical_from(text: str, shorts: Mapping[str, str], frameworks: Collection[str]) -> str:
    """The canonical id of a control in any of its spellings.

    Parameters
    ----------
    text : str
        Such as ``"eu-ai-act:15.1"``, ``"EU AI Act/Art. 15(1)"`` or ``"eu-ai-act:Art. 15(1)"``.
    shorts : mapping of str to str
        Every short id of the catalogue, and the canonical one.
    frameworks : collection of str
        The names of its frameworks.

    Raises
    ------
    UsageError
        With the nearest id, in the form that was written.
    """
    found = {shorts[key] for key in _keys(text) if key in shorts}
    if len(found) == 1:
        return found.pop()
    canonical = set(shorts.values())
    if text in canonical:
        return text
    name = next((name for name in frameworks if framework_slug(text).startswith(framework_slug(name))), None)
    if name is None:
        near = _near(text, shorts) or f"; its frameworks are {', '.join(sorted(map(framework_slug, frameworks)))}"
        own = 'an organisation adds its own by controls = "path.csv" in [tool.mltest]'
        raise UsageError(f"no control {text!r} in the catalogue{near} (mltest list controls; {own})")
    slug = framework_slug(name)
    within = {key: value for key, value in shorts.items() if key.startswith(f"{slug}:")}
    raise UsageError(
        f"no control {text!r} in the catalogue{_near(text, within)} (mltest list controls --framework {slug})"
    )


def _keys(text: str) -> Iterable[str]:
    """The short ids that a text may stand for: the framework may end at any ``:``, ``/`` or blank."""
    cuts = [at for at, letter in enumerate(text) if letter in ":/ "]
    return {f"{framework_slug(text[:at])}:{control_slug(text[at + 1 :])}" for at in cuts}


def _near(text: str, shorts: Mapping[str, str]) -> str:
    """The nearest id, short where a short one was written."""
    if any(letter.isupper() or letter in " (" for letter in text):
        return nearest(text, shorts.values())
    return nearest(text, shorts)
