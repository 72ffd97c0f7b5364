"""How one test went, attempt by attempt, as the reports told."""

from __future__ import annotations

__all__ = ["Phases"]


class Phases:
    """The attempts of a test and why it did not run, if it did not.

    A plain class: it is loaded in every session, also in those that never use mltest.
    """

    __slots__ = ("detail", "failed_outside", "finished", "outcomes", "place", "reason", "xfail")

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.reason: str | None = None
        self.detail = ""
        self.place = ""  # the file that a skip was called in
        self.finished = False
        self.xfail = False
        self.failed_outside: str | None = None
