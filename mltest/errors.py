"""Every error of mltest.

::

    MltestError
    ├── UsageError (ValueError)              a call, a setting or a table that cannot be worked with
    ├── ModelError                           the model raised, or answered something unusable
    ├── ArtifactError                        a file that is missing or unreadable
    │   └── UntrustedError                   a file that would run code when loaded
    ├── EvidenceError                        evidence that is missing, unreadable or incomplete
    │   └── TrustError                       a signature that does not hold, or a key that nobody trusts
    └── MissingDependency (ImportError)      an optional package, with the line that installs it
    AssertionError
    └── CheckFailed                          a demand that was not met
        └── Inconclusive                     a demand that the data cannot decide
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mltest.result import Result

__all__ = [
    "ArtifactError",
    "CheckFailed",
    "EvidenceError",
    "Inconclusive",
    "MissingDependency",
    "MltestError",
    "ModelError",
    "NoSuchName",
    "TrustError",
    "UntrustedError",
    "UsageError",
    "nearest",
]


class MltestError(Exception):
    """What every error of mltest but a failed check is.

    Examples
    --------
    >>> issubclass(UsageError, MltestError)
    True
    """

    def __str__(self) -> str:
        from mltest.quoted import without_marks

        return without_marks(super().__str__())


class UsageError(MltestError, ValueError):
    """A wrong argument, setting or table: says what was got, what is allowed and what is nearest.

    Examples
    --------
    >>> raise UsageError("no such metric 'roc_acu'; nearest is 'roc_auc'")
    Traceback (most recent call last):
    ...
    mltest.UsageError: no such metric 'roc_acu'; nearest is 'roc_auc'
    """


class ModelError(MltestError):
    """The model raised, or answered with the wrong shape, rows, labels or NaN.

    Examples
    --------
    >>> str(ModelError("model 'candidate': predict gave 3 answers for 4 rows"))
    "model 'candidate': predict gave 3 answers for 4 rows"
    """


class ArtifactError(MltestError):
    """A model, table or evidence file that is missing or cannot be read.

    Examples
    --------
    >>> str(ArtifactError("no file models/candidate.skop; nearest is 'candidate.skops'"))
    "no file models/candidate.skop; nearest is 'candidate.skops'"
    """


class UntrustedError(ArtifactError):
    """A file that can run code when it is loaded, and was not declared trusted.

    Examples
    --------
    >>> issubclass(UntrustedError, ArtifactError)
    True
    """


class EvidenceError(MltestError):
    """Evidence that is missing, unreadable, incomplete or not in canonical form.

    Examples
    --------
    >>> str(EvidenceError("results.json ends early"))
    'results.json ends early'
    """


class TrustError(EvidenceError):
    """A signature that does not hold, or a key that is not trusted for what it signed.

    Examples
    --------
    >>> issubclass(TrustError, EvidenceError)
    True
    """


class MissingDependency(MltestError, ImportError):
    """An optional package is not installed; the message has the line that installs it.

    Examples
    --------
    >>> issubclass(MissingDependency, ImportError)
    True
    """


class CheckFailed(AssertionError):
    """A demand was not met; ``result`` says what was measured.

    Parameters
    ----------
    message : str
        The whole failure text.
    result : Result
        The result that was recorded.

    Examples
    --------
    >>> import mltest
    >>> try:
    ...     mltest.require(0.4, at_least=0.5, name="share of approvals", decision="point")
    ... except mltest.CheckFailed as failure:
    ...     print(failure.result.verdict)
    failed
    """

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result

    def __reduce__(self) -> tuple[type[CheckFailed], tuple[str, Result]]:
        return type(self), (str(self), self.result)


class Inconclusive(CheckFailed):
    """The data can decide neither way; the message says how many rows would settle it.

    Examples
    --------
    >>> issubclass(Inconclusive, CheckFailed)
    True
    """


for _error in (
    MltestError,
    UsageError,
    ModelError,
    ArtifactError,
    UntrustedError,
    EvidenceError,
    TrustError,
    MissingDependency,
    CheckFailed,
    Inconclusive,
):
    _error.__module__ = "mltest"


class NoSuchName(AttributeError):
    """A name that a module does not have; what is nearest is sought when somebody reads it.

    Libraries that probe modules for names raise thousands of these and read none.

    Examples
    --------
    >>> str(NoSuchName("mltest", "chekcs", ["checks"]))
    "module 'mltest' has no attribute 'chekcs'; nearest is 'checks'"
    """

    def __init__(self, module: str, name: str, allowed: Iterable[str]) -> None:
        super().__init__(module, name)
        self._module, self._name, self._allowed = module, name, allowed

    def __str__(self) -> str:
        return f"module {self._module!r} has no attribute {self._name!r}{nearest(self._name, self._allowed)}"


def nearest(name: str, allowed: Iterable[str]) -> str:
    """The end of a message: ``"; nearest is 'roc_auc'"``, or nothing where nothing is near.

    Examples
    --------
    >>> nearest("roc_acu", ["roc_auc", "recall"])
    "; nearest is 'roc_auc'"
    """
    close = get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return f"; nearest is {close[0]!r}" if close else ""
