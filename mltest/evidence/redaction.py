"""Texts without what must not be kept: addresses, credentials, card numbers, home folders (governance section 11)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Redaction", "is_secret_name", "without_credentials"]

_NAMED = "token|secret|passwd|password|passphrase|credentials?|api[_-]?key|access[_-]?key|private[_-]?key"
_NAME = re.compile(r"token|secret|passw|passphrase|credential|key", re.IGNORECASE)
_URL = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>)\]]+")
_ASSIGNED = re.compile(
    rf"(?i)(?P<name>(?<![\w-])(?:-{{0,2}}[\w.-]*(?:{_NAMED})|--[\w.-]*key))"
    r"(?P<is>['\"]?(?:\s*[=:]\s*|(?<=key) |(?<=token) ))"
    r"(?P<value>(?:\"[^\"]*\"|'[^']*'|[^\s,;)\]}])+)"
)
_KNOWN = re.compile(
    r"\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|AKIA[0-9A-Z]{12,}|xox[abprs]-[\w-]{8,}|sk-[\w-]{20,}"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)|(?i:\b(?:bearer|basic))\s+[\w.~+/=-]{8,}"
)
_ADDRESS = re.compile(r"[\w.+%-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_HOME = re.compile(r"(?<![\w.~/])(?:/home|/Users|[A-Za-z]:\\Users)[/\\][^/\\\s:'\",]+")
_ABSOLUTE = re.compile(r"(?<![\w.…~/\\>-])(?:/|[A-Za-z]:\\)(?:[^/\\\s:'\",()]+[/\\])+(?=[^/\\\s:'\",()])")
_MARKS = ("@", "://", "token", "secret", "passw", "passphrase", "credential", "key", "bearer", "basic ")
_PREFIXES = ("gh", "glpat-", "AKIA", "xox", "sk-", "eyJ")
_SHORTEST = 8
SECRET, ADDRESS, NUMBER = "<secret>", "<e-mail>", "<number>"


def is_secret_name(name: str) -> bool:
    """Whether an option or variable of this name holds what nobody else should read.

    Examples
    --------
    >>> is_secret_name("--api-token"), is_secret_name("--maxfail")
    (True, False)
    """
    return _NAME.search(name) is not None


def without_credentials(url: str) -> str:
    """A URL without user, password, query and fragment.

    Examples
    --------
    >>> without_credentials("https://ada:pw@example.com/a/b?sig=1")
    'https://example.com/a/b'
    """
    scheme, _, behind = url.partition("://")
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    except ValueError:  # no address after all, such as one with an open bracket
        return f"{scheme}://…"
    return f"{scheme}://{host}{parts.path}" if behind else url


class Redaction:
    """Takes out of a text what must not be kept; what has none of it is returned as it is.

    Parameters
    ----------
    root : path, optional
        The project's folder: paths below it are shown relative to it.
    home : path, optional
        The user's folder, shown as ``~``.
    environment : mapping of str to str, optional
        Values of its variables that are named like secrets are taken out wherever they occur.

    Examples
    --------
    >>> Redaction()("asked ada@example.com at https://u:p@example.com/x?y=1 --api-token=abc")
    'asked <e-mail> at https://example.com/x --api-token=<secret>'
    """

    def __init__(
        self, root: PurePath | None = None, home: PurePath | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self._folders = [(str(folder), shown) for folder, shown in ((root, "."), (home, "~")) if _names_one(folder)]
        named = {value for name, value in (environment or {}).items() if is_secret_name(name)}
        self._secrets = sorted((value for value in named if _is_kept_close(value)), key=len, reverse=True)

    @classmethod
    def here(cls, root: Path) -> Redaction:
        """For the user, the machine and the project that it runs in."""
        try:
            home = Path.home()
        except RuntimeError:  # a user without a home, as in many containers
            return cls(root, None, os.environ)
        return cls(root, home, os.environ)

    def __call__(self, text: str) -> str:
        """The text that may be kept."""
        return self._taken_out(text) if self.suspects(text) else text

    def suspects(self, text: str) -> bool:
        """Whether anything in the text may have to be taken out; quick, since nearly all texts have nothing."""
        lower = text.lower()
        return (
            any(mark in lower for mark in _MARKS)
            or any(mark in text for mark in _PREFIXES)
            or any(folder in text for folder, _ in self._folders)
            or any(secret in text for secret in self._secrets)
            or (("/" in text or "\\" in text) and (_ABSOLUTE.search(text) or _HOME.search(text)) is not None)
            or _CARD.search(text) is not None
        )

    def argument(self, text: str, before: str = "") -> str:
        """One argument of a command line; ``before`` is the argument in front of it."""
        name, found, _ = text.partition("=")
        if found and name.startswith("-") and is_secret_name(name):
            return f"{name}={SECRET}"
        if before.startswith("-") and "=" not in before and is_secret_name(before) and not text.startswith("-"):
            return SECRET
        return self(text)

    def plain(self, value: Any) -> Any:
        """A plain value with every text in it, keys included, as it may be kept."""
        if type(value) is str:
            return self(value)
        if isinstance(value, Mapping):
            return {self(str(key)): self.plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(item) for item in value]
        return value

    def _taken_out(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, SECRET)
        text = _URL.sub(lambda found: without_credentials(found[0]), text)
        text = _ASSIGNED.sub(lambda found: f"{found['name']}{found['is']}{SECRET}", text)
        text = _KNOWN.sub(SECRET, text)
        text = _ADDRESS.sub(ADDRESS, text)
        text = _CARD.sub(lambda found: NUMBER if _is_card(found[0]) else found[0], text)
        for folder, shown in self._folders:
            within = "" if shown == "." else f"{shown}/"
            text = re.sub(rf"{re.escape(folder)}[/\\](?=[^\s:'\"])", within, text)
            text = re.sub(rf"{re.escape(folder)}(?![\w.-])", shown, text)
        return _ABSOLUTE.sub("…/", _HOME.sub("~", text))


def _names_one(folder: PurePath | None) -> bool:
    """Whether it is worth hiding: the root of the file system is part of every path."""
    return folder is not None and len(folder.parts) > 1


def _is_kept_close(value: str) -> bool:
    """Whether a variable's value can be a secret: a short one or a number would be found everywhere."""
    # a secret may be longer than any name of a file, which a Path would raise at
    return len(value) >= _SHORTEST and not value.isdigit() and not os.path.exists(value)  # noqa: PTH110


def _is_card(text: str) -> bool:
    """Luhn's check digit, which every payment card carries."""
    digits = [int(sign) for sign in text if sign.isdigit()][::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
