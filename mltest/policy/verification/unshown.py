"""What no verification of this kind can show, said as plainly as what it found."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ALWAYS", "UNLESS", "not_shown"]

# What stays open until the named means is there.
UNLESS = {
    "signature": "without a signature over the root: that results, verdict and root were not rebuilt together (T2)",
    "chain": "MLV41 without a chain: the order of approval and earlier runs, and runs that were thrown away (T7, T21)",
    "deep": "without --deep: that data and models still are the files that the run read (T5)",
    "baseline": "without --baseline: that no check was removed or loosened since a release (T4)",
    "repository": "without --repository: that commit, authors, waivers and trust.toml are those of the repository",
}
# What stays open whatever is given.
ALWAYS = (
    "a run that never wrote begin.json to the store",
    "data altered before its digest was first taken",
    "a test that computes the wrong thing honestly",
    "a signer who signs what is false",
)


def not_shown(shown: Iterable[str], unreached: Iterable[str] = ()) -> list[str]:
    """What this verification leaves open.

    Examples
    --------
    >>> len(not_shown(UNLESS)) == len(ALWAYS)
    True
    """
    known = set(shown)
    left = [text for name, text in UNLESS.items() if name not in known]
    names = sorted(set(unreached))
    files = [f"not hashed again, out of reach here: {', '.join(names)}"] if names else []
    return [*left, *files, *ALWAYS]
