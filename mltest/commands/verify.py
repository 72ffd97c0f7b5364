"""``mltest verify PATH``: what can be held against the evidence of a run; nothing that is stored is believed."""

from __future__ import annotations

import argparse
import gc
import re
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError, UsageError
from mltest.evidence.canonical import canonical
from mltest.evidence.fetching import fetched
from mltest.policy.verification.case import Asked, Repository
from mltest.policy.verification.finding import Finding, exit_of
from mltest.policy.verification.reading import Held, is_run, read_held
from mltest.policy.verification.shapes import moment, shaped
from mltest.policy.verification.unshown import ALWAYS, UNLESS
from mltest.policy.verification.verification import GRADES, Verification, verify

__all__ = ["arguments", "run"]

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_AGE = re.compile(r"(\d{1,6})(s|min|m|h|d)")
_BESIDE = ""
_OF_A_CHAIN = ("begin.json", "root.json", "run.json", "plan.json")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _epilog()
    parser.add_argument("evidence", metavar="PATH", help="a run folder, an evidence.json, or the URL of one")
    add = parser.add_argument
    add("--expect-commit", metavar="COMMIT", help="the commit that the run must be of, in full")
    add("--expect-model", metavar="DIGEST", help="the digest of the model that must have been tested")
    add("--expect-root", metavar="DIGEST", help="the evidence root, in full")
    add("--max-age", metavar="AGE", help="how old the run may be, such as 24h or 7d")
    add("--require-grade", metavar="GRADE", choices=GRADES, help="the grade that the evidence must have: E0 to E4")
    add("--require-run", action="store_true", help="missing evidence is a finding; PATH may be a folder of runs")
    add("--with", dest="second", metavar="RUN2", type=Path, help="a second run of the same plan, for grade E4")
    add("--deep", action="store_true", help="hash data and models again, where the plan says that they are")
    add(
        "--chain",
        metavar="STORE",
        nargs="?",
        const=_BESIDE,
        help="the runs before it: a folder or a URL, else beside it",
    )
    add("--repository", metavar="FOLDER", type=Path, help="compare commit, authors and committed files with git")
    add("--base", metavar="BRANCH", help="the branch that trust.toml is taken from (default: origin's, main or master)")
    add("--trust", metavar="FILE", type=Path, help="whose keys to trust (default: trust.toml as the run kept it)")
    add("--baseline", metavar="RELEASE", type=Path, help="a plan.lock or a run: nothing may be looser than there")
    add("--at", metavar="TIME", help="the time of verification with its zone (default: now)")
    add("--json", action="store_true", help="one object on the standard output, text on standard error")


def _epilog() -> str:
    rows = "\n".join(f"  {text}" for text in (*UNLESS.values(), *ALWAYS))
    status = "exit status: 0 consistent, 1 rejected, 2 usage, 3 missing or unreadable, 4 signature or trust"
    return f"{status}\n\nnot shown:\n{rows}"


def run(arguments: argparse.Namespace) -> int:
    """Print every finding and the last line; the exit status is 4 over 1 over 3.

    Raises
    ------
    UsageError
        Before any work, where an option cannot be worked with.
    EvidenceError
        Where there is nothing to read.
    """
    asked = _asked(arguments)
    with ExitStack() as stack:
        if gc.isenabled():  # millions of values that live to the end: looking for circles among them takes a third
            gc.disable()
            stack.callback(gc.enable)
        held, missing = _found(arguments, asked, stack)
        if held is None:
            done = Verification(findings=(missing,) if missing else (), grade="E0", limits=(), root="", not_shown=())
        else:
            done = _verified(held, asked, arguments, stack)
    _print(done, as_json=arguments.json)
    return exit_of(done.findings)


def _verified(held: Held, asked: Asked, arguments: argparse.Namespace, stack: ExitStack) -> Verification:
    from mltest.report.rebuilt import page_findings

    repository = _repository(arguments, held)
    chain = None
    if arguments.chain is not None:
        place = arguments.chain or str(held.place.parent)
        chain = stack.enter_context(fetched(place, _is_of_a_chain))
    done = verify(held, asked, repository=repository, chain=chain, second=arguments.second)
    wrong, open_ends = page_findings(held) if done.gate is not None else ([], [])
    findings = (*done.findings, *wrong)
    return replace(done, findings=findings, not_shown=(*open_ends, *done.not_shown))


def _asked(arguments: argparse.Namespace) -> Asked:
    """The options, each held against its form before anything is read."""
    _matching(arguments.expect_commit, _COMMIT, "--expect-commit", "the full commit, 40 or 64 hexadecimal digits")
    _matching(arguments.expect_model, _DIGEST, "--expect-model", "a full digest, 'sha256:' and 64 digits")
    _matching(arguments.expect_root, _DIGEST, "--expect-root", "a full digest, 'sha256:' and 64 digits")
    if arguments.require_run and not arguments.expect_commit:
        raise UsageError("--require-run needs --expect-commit: evidence of which commit?")
    if arguments.require_grade == "E4" and arguments.second is None:
        raise UsageError("--require-grade E4 needs --with RUN2: two runs have to agree")
    at = moment(arguments.at) if arguments.at else datetime.now(UTC)
    if at is None:
        raise UsageError(f"--at {arguments.at!r}: allowed is a time with its zone, such as 2026-11-21T12:00:00Z")
    _existing(arguments)
    return Asked(
        at=at,
        commit=arguments.expect_commit,
        model=_full(arguments.expect_model),
        root=_full(arguments.expect_root),
        max_age=_age(arguments.max_age),
        grade=arguments.require_grade,
        data_folder=(arguments.repository or Path()) if arguments.deep else None,
        trust=arguments.trust.read_bytes() if arguments.trust else None,
        baseline=_baseline(arguments.baseline) if arguments.baseline else None,
    )


def _existing(arguments: argparse.Namespace) -> None:
    chain = arguments.chain
    if chain == _BESIDE and "://" in arguments.evidence:
        raise UsageError("--chain needs its folder or URL where the evidence is a URL")
    named = {
        "with": arguments.second,
        **{name: getattr(arguments, name) for name in ("repository", "trust", "baseline")},
    }
    named["chain"] = Path(chain) if chain and "://" not in chain else None
    for option, path in named.items():
        if path is not None and not path.exists():
            raise UsageError(f"--{option} {path}: there is no such file or folder")
    if arguments.trust is not None and not arguments.trust.is_file():
        raise UsageError(f"--trust {arguments.trust} is no file")


def _is_of_a_chain(key: str) -> bool:
    """Whether a key of a store says something about the order of its runs; the results stay where they are."""
    return key.endswith(_OF_A_CHAIN) or "heads/" in key


def _matching(value: str | None, form: re.Pattern[str], option: str, allowed: str) -> None:
    if value is not None and not form.fullmatch(value):
        raise UsageError(f"{option} {value!r}: allowed is {allowed}; a short form settles nothing")


def _full(digest: str | None) -> str | None:
    return None if digest is None else f"sha256:{digest.removeprefix('sha256:')}"


def _age(text: str | None) -> timedelta | None:
    if text is None:
        return None
    match = _AGE.fullmatch(text)
    if match is None:
        raise UsageError(f"--max-age {text!r}: allowed is a number with s, min, h or d, such as 24h")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def _baseline(path: Path) -> Mapping[str, Any]:
    """The plan of a release: from a lock, a run folder or an ``evidence.json``."""
    from mltest.evidence.store import read_evidence
    from mltest.policy.plan import read_lock

    name = path.name if path.is_dir() else path.stem
    whole = path.is_dir() or path.suffix == ".json"
    plan = read_evidence(path)["plan"] if whole else read_lock(path.read_bytes(), path.name).plan
    wrong = shaped("plan", plan)
    if wrong:
        raise UsageError(f"--baseline {path} holds no plan: {wrong[0].text}")
    return {"name": name, "plan": plan}


def _repository(arguments: argparse.Namespace, held: Held) -> Repository | None:
    if arguments.repository is None:
        return None
    from mltest.interop.history import repository_of

    run = held.documents.get("run", {})
    source = run.get("source") if isinstance(run.get("source"), dict) else {}
    return repository_of(arguments.repository, str(source.get("commit", "")), base=arguments.base)


def _found(arguments: argparse.Namespace, asked: Asked, stack: ExitStack) -> tuple[Held | None, Finding | None]:
    """The evidence that was asked for, or the finding that there is none."""
    path = stack.enter_context(fetched(arguments.evidence))
    commit = asked.commit or ""
    if arguments.require_run and path.is_dir() and not is_run(path):
        runs = [read_held(one) for one in sorted(path.iterdir()) if one.is_dir() and is_run(one)]
        own = [held for held in runs if _commit(held) == commit]
        return (own[-1], None) if own else (None, Finding("MLV38", f"no evidence for commit {commit[:12]}"))
    try:
        return read_held(path), None
    except EvidenceError as missing:
        if not arguments.require_run:
            raise
        return None, Finding("MLV38", f"no evidence for commit {commit[:12]}: {missing}")


def _commit(held: Held) -> object:
    source = held.documents.get("run", {}).get("source")
    return source.get("commit") if isinstance(source, dict) else None


def _print(done: Verification, *, as_json: bool) -> None:
    lines = [str(finding) for finding in done.findings]
    lines += [f"not shown: {text}" for text in done.not_shown]
    stream = sys.stderr if as_json else sys.stdout
    for line in (*lines, done.line):
        print(_printable(line, stream.encoding or "ascii"), file=stream)
    if as_json:
        sys.stdout.buffer.write(canonical(done.plain()) + b"\n")


def _printable(line: str, encoding: str) -> str:
    """Text of the evidence as one line that can do nothing to a terminal."""
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in line)
    return shown.encode(encoding, "backslashreplace").decode(encoding)
