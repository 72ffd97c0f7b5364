"""``mltest explain CHECK``: what it demands, how it judges, and where that is published."""

from __future__ import annotations

import argparse
import inspect

from mltest.catalogue import Check, find

__all__ = ["arguments", "page", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("check", metavar="CHECK", help="an id such as model.metric")


def run(given: argparse.Namespace) -> int:
    """Print the page of a check."""
    print(page(find(given.check)), end="")
    return 0


def page(check: Check) -> str:
    """The page of a check as Markdown, from its declaration and its docstring."""
    name = check.id.rpartition(".")[2]
    head = [f"# {check.id}", "", f"{check.title.rstrip('.')}.", "", "```text", *_call(check), "```", ""]
    rules = [f"Rules: {', '.join(check.rules)}.", ""] if check.rules else []
    about = [f"Kind in the control catalogue: `{check.kind}`. Without the raise: `mltest.checks.{name}`.", ""]
    sources = ["## Sources", "", *(f"- {reference}" for reference in check.references), ""] if check.references else []
    return "\n".join([*head, *rules, *about, *_sections(inspect.getdoc(check.function) or ""), *sources])


def _call(check: Check) -> list[str]:
    """The call as it is written, a line for each argument."""
    parameters = list(inspect.signature(check.function).parameters.values())
    lines, named = [f"mltest.assert_{check.id.rpartition('.')[2]}("], False
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and not named:
            lines.append("    *,")
            named = True
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        lines.append(f"    {parameter.name}: {str(parameter.annotation).strip(chr(39))}{default},")
    return [*lines, ")"]


def _sections(docstring: str) -> list[str]:
    """The docstring with its numpydoc headings as Markdown headings and its fields as they are."""
    out: list[str] = []
    lines = docstring.splitlines()
    for at, line in enumerate(lines):
        underlined = at + 1 < len(lines) and line and set(lines[at + 1].strip()) == {"-"}
        if underlined:
            out.append(f"## {line}")
        elif set(line.strip()) != {"-"}:
            out.append(line)
    return _fenced(out)


def _fenced(lines: list[str]) -> list[str]:
    """Examples and fields in fences, so that a browser shows them as the terminal does."""
    out: list[str] = []
    fenced = False
    for line in lines:
        heading = line.startswith("## ")
        if heading and fenced:
            while out and not out[-1]:
                out.pop()
            out += ["```", ""]
            fenced = False
        out.append(line)
        if heading and line[3:] in ("Parameters", "Returns", "Raises", "Examples"):
            out += ["", "```text"]
            fenced = True
        elif heading:
            out.append("")
    return [*out, *(["```"] if fenced else []), ""]
