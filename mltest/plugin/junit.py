"""pytest's JUnit file: what is known only at the end is written into it, and the file is written once more.

Gate, waiver and root follow from the whole run, and pytest has written its file by then: it does so before the last
worker of xdist is gone. So the cases are remembered as they are closed, and completed when the evidence is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from mltest.plugin.node_ids import node_of

if TYPE_CHECKING:
    from mltest.report.judgements import Judgement

__all__ = ["JunitFile"]


class JunitFile:
    """Follows the cases of ``--junit-xml``; registered in the process that pytest was started in."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._cases: dict[str, Any] = {}
        self._complete = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the case before pytest closes it; a test whose worker died has no teardown."""
        if report.when in ("setup", "call"):
            return
        file = self._file()
        if file is not None:
            self._cases[node_of(report.nodeid)] = file.node_reporter(report)

    def _file(self) -> Any:
        return next((found for found in self._config.pluginmanager.get_plugins() if _writes_junit(found)), None)

    def complete(self, evidence: Mapping[str, Any]) -> None:
        """Add the properties of each test and of the suite, once, and have the file written again.

        Parameters
        ----------
        evidence : mapping
            What the run left.
        """
        file = self._file()
        if file is None or self._complete:
            return
        self._complete = True
        from mltest.report.judgements import judgements_of
        from mltest.report.junit import properties_of, suite_properties
        from mltest.report.reading import evidence_parts

        parts = evidence_parts(evidence)
        tests: dict[str, list[Judgement]] = {}
        for row in judgements_of(parts):
            tests.setdefault(row.node, []).append(row)
        for node, rows in tests.items():
            if node in self._cases:
                _add(self._cases[node], properties_of(rows))
        apart = [row for node, rows in tests.items() if node not in self._cases for row in rows if row.record]
        for name, value in [*suite_properties(parts), *properties_of(apart)]:
            file.add_global_property(name, value)
        file.pytest_sessionfinish()


def _writes_junit(plugin: object) -> bool:
    kind = type(plugin)
    return (kind.__module__, kind.__name__) == ("_pytest.junitxml", "LogXML")


def _add(case: Any, pairs: Iterable[tuple[str, str]]) -> None:
    """A closed case answers with one element, which can be added to; one that is still open makes it anew."""
    if getattr(case, "properties", None) is not None:
        for name, value in pairs:
            case.add_property(name, value)
        return
    element = case.to_xml()
    node = element.find("properties")
    if node is None:
        node = ET.Element("properties")
        element.insert(0, node)
    for name, value in pairs:
        ET.SubElement(node, "property", name=name, value=value)
