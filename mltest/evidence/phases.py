"""How one test went, attempt by attempt, as the reports told."""

from __future__ import annotations

__all__ = ["Phases"]


class Phases:
    """The attempts of a test and why it did not run, if it did not.

    A plain class: it is loaded in every session, also in those that never use mltest.
    """

    __slots__ = (
        "breaks",
        "detail",
        "failed_outside",
        "finished",
        "outcomes",
        "place",
        "reason",
        "setup_broke",
        "xfail",
    )

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.reason: str | None = None
        self.detail = ""
        self.place = ""  # the file that a skip was called in
        self.finished = False
        self.xfail = False
        self.failed_outside: str | None = None  # of the last attempt
        self.setup_broke: str | None = None  # of the last attempt, where a fixture raised something of its own
        self.breaks: dict[int, tuple[str, str]] = {}  # of the attempts before it: reason and text

    @property
    def broke(self) -> bool:
        """Whether any attempt ended otherwise than by a judgement."""
        return bool(self.failed_outside or self.setup_broke or self.breaks)

    def begin(self) -> None:
        """Another attempt starts: what broke the one before stays told."""
        broke = self.failed_outside or self.setup_broke
        if broke:
            self.breaks[max(1, len(self.outcomes))] = (self.reason or "exception", broke)
        self.reason, self.detail, self.place = None, "", ""
        self.failed_outside = self.setup_broke = None
        self.finished = False
