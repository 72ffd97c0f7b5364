"""Everything that is held against the evidence of a run, in the order of the stages, and the grade that is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mltest.policy.verification.accounted import accounted, demanded
from mltest.policy.verification.attempted import attempted, collected
from mltest.policy.verification.baseline import against_release
from mltest.policy.verification.case import Asked, Case, Repository
from mltest.policy.verification.chain import chained, links_in, loosened_after
from mltest.policy.verification.clocks import timed
from mltest.policy.verification.committed_files import as_committed
from mltest.policy.verification.decision import decided_again, recomputed
from mltest.policy.verification.deep import rehashed
from mltest.policy.verification.expectations import expected
from mltest.policy.verification.finding import Finding, exit_of, short
from mltest.policy.verification.links import blobs_of, linked, rooted
from mltest.policy.verification.pinned import pinned
from mltest.policy.verification.promises import approved, locked
from mltest.policy.verification.reading import Held, read_held
from mltest.policy.verification.rejudged import rejudged
from mltest.policy.verification.sealed import UNCHECKED, Sealed, sealed
from mltest.policy.verification.second_run import agreed, independent
from mltest.policy.verification.shapes import shaped
from mltest.policy.verification.unshown import not_shown
from mltest.policy.verification.waived import waived

__all__ = ["Verification", "verify"]

_APPROVAL, _ROOT, _NO_STORE = "approval not signed", "root not signed", "no store"
_UNCHECKED_APPROVAL = "signature of the approval not checked"
GRADES = ("E0", "E1", "E2", "E3", "E4")
# The stages over whole evidence, before and after the decision is made again.
BEFORE: tuple[Callable[[Case], Iterable[Finding]], ...] = (
    linked,
    blobs_of,
    locked,
    approved,
    pinned,
    accounted,
    demanded,
    rejudged,
    attempted,
    collected,
)
AFTER: tuple[Callable[[Case], Iterable[Finding]], ...] = (as_committed, timed, expected, against_release)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What came of it; evidence that is rejected has no grade."""

    findings: tuple[Finding, ...]
    grade: str
    limits: tuple[str, ...]
    root: str
    not_shown: tuple[str, ...]
    gate: str | None = None

    @property
    def status(self) -> int:
        """The exit status: 4 over 1 over 3."""
        return exit_of(self.findings)

    @property
    def line(self) -> str:
        """The last line."""
        if self.findings:
            return f"verify: REJECTED, {len(self.findings)} finding{'s' * (len(self.findings) > 1)}"
        limits = f" (limited by: {'; '.join(self.limits)})" if self.limits else ""
        return f"verify: consistent, {self.grade}{limits}, root {short(self.root)}"

    def plain(self) -> dict[str, Any]:
        """The object of ``--json``."""
        return {
            "schema": "mltest/verification/v1",
            "findings": [
                {"code": found.code, "text": found.text, **({"id": found.id} if found.id else {})}
                for found in self.findings
            ],
            "consistent": not self.findings,
            "gate": self.gate,
            "grade": self.grade,
            "grade_limits": list(self.limits),
            "evidence_root": self.root,
            "not_shown": list(self.not_shown),
            "exit": self.status,
        }


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """One run after all its stages."""

    case: Case | None
    findings: tuple[Finding, ...]
    again: Mapping[str, Any] | None = None
    seal: Sealed | None = None
    chain: bool = False
    unreached: tuple[str, ...] = ()


def verify(
    held: Held,
    asked: Asked,
    *,
    repository: Repository | None = None,
    chain: Path | None = None,
    second: Path | None = None,
) -> Verification:
    """Hold everything against the evidence that can be.

    Parameters
    ----------
    held : Held
        The evidence as it was read.
    asked : Asked
        What the caller expects.
    repository : Repository, optional
        What the repository says about the commit.
    chain : Path, optional
        A folder of runs or of heads: the runs before this one.
    second : Path, optional
        The evidence of a second run, for grade E4.
    """
    judged = _judged(held, asked, repository, chain)
    findings = list(judged.findings)
    if judged.case is None:
        return Verification(findings=tuple(findings), grade="E0", limits=(), root=held.root, not_shown=())
    grade, limits = _grade(judged)
    if second is not None:
        grade, limits = _with_second(judged, grade, limits, second, findings)
    findings += _demanded_grade(asked, judged, grade, limits)
    means = {
        "signature": bool(judged.seal and judged.seal.runner),
        "chain": judged.chain,
        "deep": asked.data_folder is not None,
        "baseline": asked.baseline is not None,
        "repository": repository is not None,
    }
    return Verification(
        findings=tuple(dict.fromkeys(findings)),
        grade=grade if not findings else "E0",
        limits=tuple(limits),
        root=held.root,
        not_shown=tuple(not_shown([name for name, there in means.items() if there], judged.unreached)),
        gate=judged.again["gate"] if judged.again else None,
    )


def _judged(held: Held, asked: Asked, repository: Repository | None, chain: Path | None) -> _Judged:
    findings = [*held.problems, *rooted(held)]
    wrong = [problem for name, document in held.documents.items() for problem in shaped(name, document)]
    findings += wrong
    if wrong or not held.whole or any(name not in held.digests for name in held.documents):
        return _Judged(case=None, findings=tuple(findings))
    case = Case(held=held, asked=asked, repository=repository)
    findings += [finding for stage in BEFORE for finding in stage(case)]
    again, lacking = decided_again(case)
    findings += [*lacking, *(recomputed(case, again) if again else ()), *(waived(again) if again else ())]
    findings += [finding for stage in AFTER for finding in stage(case)]
    seal = sealed(case)
    findings += seal.findings
    findings += _along(case, chain) if chain is not None else ()
    unreached: list[str] = []
    findings += rehashed(case, unreached)
    return _Judged(
        case=case,
        findings=tuple(findings),
        again=again,
        seal=seal,
        chain=chain is not None,
        unreached=tuple(unreached),
    )


def _along(case: Case, chain: Path) -> Iterator[Finding]:
    links, problems = links_in(chain)
    yield from problems
    yield from chained(case, links)
    yield from loosened_after(case, links)


def _grade(judged: _Judged) -> tuple[str, list[str]]:
    """E0 to E2 as the verdict comes to; E3 where signatures and the chain hold too."""
    again, seal, case = judged.again, judged.seal, judged.case
    if again is None or seal is None or case is None:
        return "E0", ["the verdict could not be computed again"]
    limits = [str(limit) for limit in again["grade_limits"]]
    if again["grade"] != "E2":
        return str(again["grade"]), limits
    left = [limit for limit in limits if not _settled(limit, judged)]
    if seal.unchecked:
        left.append(UNCHECKED)
    elif seal.runner is None or seal.approver is None:
        left += [text for key, text in ((seal.approver, _APPROVAL), (seal.runner, _ROOT)) if key is None]
    elif seal.runner == seal.approver:
        left.append("root and approval are signed with the same key")
    if not judged.chain and not any(limit.startswith(_NO_STORE) for limit in left):
        left.append("earlier runs cannot be shown without --chain")
    return ("E2", list(dict.fromkeys(left))) if left else ("E3", ["only the machine's own clock"])


def _settled(limit: str, judged: _Judged) -> bool:
    """Whether this verification shows what the run itself could not; it says so again below where it does not."""
    deep = judged.case is not None and judged.case.asked.data_folder is not None and not judged.unreached
    chained = judged.chain and judged.case is not None and judged.case.run.get("sequence") is not None
    return (
        limit in (_APPROVAL, _UNCHECKED_APPROVAL, _ROOT)
        or (
            judged.seal is not None
            and limit in {f"signature of waiver {name} not checked" for name in judged.seal.waivers}
        )
        or (limit.startswith(_NO_STORE) and chained)
        or (limit.startswith("digest taken from a cache") and deep)
    )


def _with_second(
    judged: _Judged, grade: str, limits: list[str], second: Path, findings: list[Finding]
) -> tuple[str, list[str]]:
    """E4: a second E3 run by another identity or machine, with results that agree."""
    case = judged.case
    if case is None:
        return grade, limits
    asked = Asked(at=case.asked.at, trust=case.asked.trust)
    other = _judged(read_held(second), asked, None, judged_chain(judged, case))
    findings += [found._replace(text=f"second run: {found.text}") for found in other.findings]
    if other.case is None:
        return grade, limits
    findings += agreed(case, other.case)
    theirs, their_limits = _grade(other)
    signers = (judged.seal.runner if judged.seal else None, other.seal.runner if other.seal else None)
    if not independent(case, other.case, signers):
        return grade, [*limits, "the second run is by the same identity on the same machine"]
    if grade == "E3" and theirs == "E3":
        return "E4", []
    return grade, [*limits, *(f"second run: {limit}" for limit in their_limits)]


def judged_chain(judged: _Judged, case: Case) -> Path | None:
    """The chain that both runs stand in."""
    return case.held.place.parent if judged.chain else None


def _demanded_grade(asked: Asked, judged: _Judged, grade: str, limits: list[str]) -> Iterator[Finding]:
    if asked.grade is None or GRADES.index(grade) >= GRADES.index(asked.grade):
        return
    seal = judged.seal
    if GRADES.index(asked.grade) >= GRADES.index("E3") and not (seal and (seal.runner or seal.findings)):
        yield Finding("MLV30", f"no valid signature for root {short(judged.case.held.root if judged.case else '')}")
    limited = f" (limited by: {'; '.join(limits)})" if limits else ""
    yield Finding("MLV44", f"grade is {grade}, {asked.grade} required{limited}")
