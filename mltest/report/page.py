"""The governance report: one HTML file, no script, no network, the same bytes for the same evidence."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mltest.report.formulas import RULES
from mltest.report.glossary import GLOSSARY
from mltest.report.readers import SECTIONS

if TYPE_CHECKING:
    import jinja2

    from mltest.report.model import Report

__all__ = ["render"]

_TEMPLATES = Path(__file__).parent / "templates"
# Text of the evidence is escaped, so that each tag in the page is one of the templates.
_FOLDED = re.compile(r"<details(?![^>]* open)")


def render(report: Report, *, cache: Path | None = None) -> bytes:
    """The page of a report.

    Parameters
    ----------
    report : Report
        What ``Report.of`` prepared from evidence.
    cache : Path, optional
        A folder of the project's own in which compiled templates are kept, as Python keeps its own in
        ``__pycache__``; the page is the same without it.

    Returns
    -------
    bytes
        UTF-8; the same for the same report.

    Notes
    -----
    All text is escaped. A content security policy admits the one style sheet by its hash and nothing
    else, so that even text that slipped through could neither run nor load anything.

    See Also
    --------
    mltest.report.model.Report.of : makes the report.
    """
    from markupsafe import Markup

    style = _style(report.root, "UNVERIFIED" if report.unverified else "")
    page = _environment(cache).get_template("page.html.j2")
    text = page.render(
        report=report,
        style=Markup(style),  # noqa: S704 - our own style sheet and the digits of the root
        policy=_policy(style),
    )
    return (_FOLDED.sub("<details open", text) if report.all_open else text).encode("utf-8")


@functools.cache
def _environment(cache: Path | None) -> jinja2.Environment:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=None if cache is None else jinja2.FileSystemBytecodeCache(str(cache)),
    )
    made.globals |= {"sections": SECTIONS, "glossary": GLOSSARY, "rules": RULES}
    return made


def _style(root: str, banner: str) -> str:
    """The style sheet, with the root at the foot of each printed page, and a banner at its head."""
    sheet = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    return "\n" + sheet.replace("{{root}}", root).replace("{{banner}}", banner)


def _policy(style: str) -> str:
    """The content security policy that admits this style and nothing else."""
    hashed = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{hashed}'; img-src data:; base-uri 'none'; form-action 'none'"
