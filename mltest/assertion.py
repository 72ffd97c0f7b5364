"""A call that returns a Result becomes one that records it, then raises."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from mltest import catalogue
from mltest.errors import CheckFailed, Inconclusive
from mltest.evidence.recorder import WAIVED, active, seed_here
from mltest.message import failure_text
from mltest.quoted import settled

if TYPE_CHECKING:
    from mltest.result import Result

__all__ = ["asserting", "beside_test", "demand", "seed_here"]

P = ParamSpec("P")
Call = tuple["Callable[..., object]", tuple[object, ...], dict[str, object]]


def asserting(check: Callable[P, Result]) -> Callable[P, Result]:
    """The ``assert_*`` form of a check: records the result, and raises unless it passed.

    Parameters
    ----------
    check : Callable
        A check function that returns a ``Result``.

    Returns
    -------
    Callable
        The same signature; raises ``CheckFailed`` or ``Inconclusive``.
    """

    @functools.wraps(check)
    def asserted(*args: P.args, **kwargs: P.kwargs) -> Result:
        __tracebackhide__ = True
        return demand(check(*args, **kwargs), (check, args, kwargs))

    asserted.__name__ = asserted.__qualname__ = f"assert_{check.__name__}"
    asserted.__module__ = "mltest"
    return asserted


def demand(result: Result, call: Call | None = None) -> Result:
    """Record a result; return it if it passed, raise if it did not.

    What a waiver covers is returned as the miss that it is, and nothing raises while a plan is recorded.
    """
    __tracebackhide__ = True
    result = result if result.quotes else settled(result)
    kind, title = catalogue.kind_and_title(result.check)
    recorder = active()
    if recorder is not None:
        demands = _demands(*call) if call and recorder.planned else None
        result = recorder.add(result, kind=kind, title=title, demands=demands, named=call[2] if call else None)
    if result.verdict == "passed" or WAIVED in result.flags or (recorder is not None and recorder.planning):
        return result
    if result.verdict == "not_applicable":
        # pytest and unittest both read this as a skip, and no test framework is imported here before it is needed
        from unittest import SkipTest

        raise SkipTest(f"{result.sentence}: {result.because}")
    place = recorder.place if recorder else None
    text = failure_text(result, node=place.node if place else None, seed=recorder.seed if recorder else None)
    raise (Inconclusive if result.verdict == "inconclusive" else CheckFailed)(text, result)


def _demands(check: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> dict[str, object]:
    """What the call demands: its keywords, and the names among its positional arguments; numbers there are data."""
    import inspect

    from mltest.evidence.demands import plain_demands

    names = list(inspect.signature(check).parameters)
    said = {name: value for name, value in zip(names, args, strict=False) if isinstance(value, str)}
    keywords = {name: value for name, value in kwargs.items() if name != "measurement"}
    return plain_demands({**said, **keywords})


def beside_test() -> tuple[Path, bool]:
    """The folder of the running test's file, and whether this run rewrites what is kept there.

    Outside a test run, the working folder, where nothing is rewritten.

    Examples
    --------
    >>> rewrites = beside_test()[1]
    """
    recorder = active()
    if recorder is None or recorder.place is None:
        return Path(), False
    home = recorder.root / recorder.place.node.partition("::")[0]
    return (home if home.is_dir() else home.parent), recorder.rewrites
