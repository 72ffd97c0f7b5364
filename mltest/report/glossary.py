"""The words of the page, for readers from other trades."""

from __future__ import annotations

__all__ = ["GLOSSARY"]

GLOSSARY = (
    ("baseline", "the model or predictions that a candidate is compared with"),
    ("bounds", "the ends of an interval; each is a one-sided 95 % bound"),
    ("candidate", "the model that this run judges"),
    ("check", "one demand with one verdict; a test may hold several"),
    ("completeness", "every planned check is either executed or not run with a reason"),
    ("detectable value", "the mildest estimate that would have passed with the rows at hand"),
    ("digest", "the SHA-256 of bytes; other bytes have another digest"),
    ("error", "the check broke before it could judge; nothing was measured"),
    ("evidence grade", "how much the record shows about itself, E0 to E4; it says nothing about the model"),
    ("evidence root", "one digest over plan, run, results and verdict; all outputs of a run carry it"),
    ("exploratory", "without a locked plan, or with another one: informative, and no decision"),
    ("failed", "the rows show that the demand is missed"),
    ("gate", "what follows from all verdicts: allow, allow with conditions, block, no decision"),
    ("holdout", "labelled rows that no training has seen"),
    ("inconclusive", "the rows cannot tell: the demand is neither met nor missed"),
    ("n", "how many units an estimate rests on"),
    ("not run", "planned, and not executed; the reason is listed"),
    ("passed", "the rows show that the demand is met, with an error of at most 5 %"),
    ("plan.lock", "what will be measured against which limits, hashed before the first check"),
    ("severity", "what a bad value means: block, warn or info"),
    ("waiver", "a named person's acceptance of a failed result until a date; the result stays failed"),
)
