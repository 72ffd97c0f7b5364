"""What mltest never says of a model, a run or a law, in any text that somebody may be shown (governance section 17).

Looked through are the strings of the package (messages, help, and docstrings of what can be called, which are the
pages of ``mltest explain``), the templates, the pages for readers and the sample report. The titles of the control
catalogue are no claims: they say what a published source asks for, and stand under that heading.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mltest.policy.controls import catalogue

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "mltest").rglob("*.py"))
TEMPLATES = sorted((ROOT / "mltest").rglob("*.j2"))
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "changelog.d").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/*.md")),
    *sorted((ROOT / "reports").glob("*.md")),
]
REPORTS = sorted((ROOT / "reports").glob("*.html"))

BANNED = (
    r"\bcomplian(t|ce)\b",
    r"\bcertif(y|ies|ied|icates?|ication)\b",
    r"\bconform(s|ant|ance|ity)?\b",
    r"\bapproved by (a|the|any) (regulator|supervisor|authority)",
    r"\bregulator[- ]approved\b",
    r"\bun-?safe\b|\bsafe(ly)?\b",
    r"\bunbiased\b",
    r"\b(un)?fair(ly)?\b",
    r"\b(in)?secure(ly)?\b",
    r"\b(un)?trustworthy\b",
    r"\bguarantee(s|d|ing)?\b",
    r"\b(tamper|court)[- ]?proof\b",
    r"\b(meets?|fulfils?|satisf(y|ies)) (the )?(requirements of )?(art\.?|articles?|annex|clause)\b",
    r"\d ?(%|per ?cent) of (an? |the |all )?(eu |ai )*(laws?|acts?|regulation|article|framework|controls?|duties)\b",
    r"[✓✔✅☑]|&check(mark)?;|&#1000[34];",
    r"\bno (drift|leakage|leaks?|bias|biases)\b(?! (larger|above|beyond|greater))",
    r"\bproof of truth\b|\bproves? (the )?truth\b",
    r"\b(legally|lawful(ly)?)\b|\bis legal\b(?! advice)|\bapplicable law\b|\bapplies to your (system|model)\b",
    r"\binconclusive\b[^.]{0,30}\b(acceptable|good enough)\b",
    r"\bwaived\b[^.]{0,20}\b(is|as|counts as) (a )?pass(ed)?\b",
    r"\bconstitutes a signature\b|\btyped name (is|counts as) a signature\b",
)
_FOUND = re.compile("|".join(f"(?:{pattern})" for pattern in BANNED), re.IGNORECASE)

# Exact phrases, with the reason why each is no claim.
ALLOWED = {
    "It is not legal advice and no statement of conformity.": "the footer that section 17 asks for",
    'skops, "Secure persistence"': "the title of a cited page",
}
# Names and terms of art, which are words and no statements: `model.fair`, `fair(...)`; base64 that URLs can hold.
_NAMES = re.compile(r"\b(?:mltest\.)?(?:model|checks)\.fair\b|\bfair\(|`fair`|fair\.py|\bURL-safe\b")
_IDENTIFIER = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


def claims(text: str) -> list[str]:
    """Every banned phrase of a text, with the words around it."""
    for phrase in ALLOWED:
        text = re.sub(r"\s+".join(map(re.escape, phrase.split())), " ", text)
    text = " ".join(_NAMES.sub(" ", text).split())
    return [text[max(0, at.start() - 30) : at.end() + 30] for at in _FOUND.finditer(text)]


def strings(source: str) -> Iterator[tuple[int, str]]:
    """The strings of a module but its own docstring, which no reader is shown; f-strings have no values."""
    tree = ast.parse(source)
    if ast.get_docstring(tree, clean=False) is not None:
        del tree.body[0]
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
            inner = (part for part in ast.walk(node) if isinstance(part, ast.Constant) and part not in node.values)
            yield from ((part.lineno, part.value) for part in inner if isinstance(part.value, str))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_string_of_the_package_claims(path: Path) -> None:
    texts = strings(path.read_text(encoding="utf-8"))
    found = [(line, claims(text)) for line, text in texts if not _IDENTIFIER.fullmatch(text)]
    assert not [f"{relative(path)}:{line}: {claim}" for line, several in found for claim in several]


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_no_template_claims(path: Path) -> None:
    """What stands between ``{{`` and ``}}`` is code; its strings are those of the words that a page may say."""
    text = path.read_text(encoding="utf-8")
    code = re.findall(r"\{[{%](.*?)[%}]\}", text, flags=re.DOTALL)
    quoted = [word for part in code for word in re.findall(r"'([^']*)'|\"([^\"]*)\"", part)]
    shown = re.sub(r"\{[{%#].*?[%}#]\}", " ", text, flags=re.DOTALL)
    assert not claims(shown)
    assert not [claim for pair in quoted for word in pair for claim in claims(word)]


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_no_page_claims(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not claims(without_catalogue(text))


@pytest.mark.parametrize("path", REPORTS, ids=relative)
def test_no_sample_report_claims(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    shown = html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL))
    assert not claims(without_catalogue(shown))


def without_catalogue(text: str) -> str:
    """A text without the titles and demands of the catalogue, which are other people's."""
    for row in catalogue().rows:
        for quoted in (row.title, row.what_it_asks, row.source):
            text = text.replace(quoted, " ")
    return text


@pytest.mark.parametrize(
    "text",
    [
        "The model is compliant.",
        "compliance achieved",
        "certified by mltest",
        "conforms to ISO 42001",
        "approved by a regulator",
        "the candidate is safe",
        "an unbiased model",
        "a fair model",
        "Secure and trustworthy",
        "guaranteed",
        "tamper-proof evidence",
        "meets Article 15",
        "meets the requirements of Art. 15",
        "80 % of the AI Act",
        "73% of controls",
        "✓ EU AI Act",
        "no drift was found",
        "there is no\nleakage",
        "no bias",
        "inconclusive, which is acceptable",
        "a waived check counts as passed",
    ],
)
def test_the_test_itself_sees(text: str) -> None:
    assert claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "no drift larger than 0.1 detected, n = 400",
        "This report records tests. It is not legal advice and no statement\nof conformity.",
        "mltest.checks.fair and fair(holdout) of model.fair; assert_fair",
        "no_leakage",
        "95 % of test sets",
    ],
)
def test_what_may_be_said(text: str) -> None:
    assert not claims(text)


def test_strings_of_a_module_are_found_whole() -> None:
    source = (
        "'of the module'\nx = f'a {y!r} safe' + 'b'\n" + "def f():\n    'doc'\n    return f\"{', '.join(['q r'])}\"\n"
    )
    found = {text for _, text in strings(source)}
    assert found >= {"a … safe", "b", "doc", "q r"}
    assert "of the module" not in found


def test_allowed_phrases_are_still_there() -> None:
    """An exception that nothing uses is gone from the list too."""
    everything = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in [*SOURCES, *TEMPLATES, *PAGES])
    assert not [phrase for phrase in ALLOWED if phrase not in everything]
