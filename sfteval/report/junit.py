"""A Comparison in, `junit.xml` out: what every CI system shows as tests.

A suite per task, a case per metric, and a suite of the guards: `regress` is a failure, `inconclusive` skipped,
`not_comparable` an error; a diagnostic metric passes. Probes are a suite of their own. Characters that XML 1.0 forbids
are left out.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence

from sfteval.report.contract import drift_legend
from sfteval.report.text import interval, number, one_line, signed, utf8, words
from sfteval.types import Comparison, Guard, MetricComparison, ProbeResult, Verdict

TAGS = {Verdict.REGRESS: "failure", Verdict.INCONCLUSIVE: "skipped", Verdict.NOT_COMPARABLE: "error"}
PROBE_TAGS = {"fail": "failure", "invalid": "error", "skipped": "skipped", "inconclusive": "skipped"}

Case = tuple[str, str | None, str]  # name, the tag that is not a pass, message


def render_junit(comparison: Comparison) -> bytes:
    """Return the bytes of `junit.xml`."""
    root = ElementTree.Element("testsuites", name="sfteval")
    tasks = dict.fromkeys(metric.task for metric in comparison.metrics)
    for task in tasks:
        cases = [_metric_case(metric) for metric in comparison.metrics if metric.task == task]
        _add_suite(root, task, [(name, tag, _marked(message, comparison)) for name, tag, message in cases])
    if comparison.guards:
        _add_suite(root, "guards", [_guard_case(guard) for guard in comparison.guards])
    if comparison.probes:
        _add_suite(root, "probes", [_probe_case(probe) for probe in comparison.probes])
    decided = {metric.verdict for metric in comparison.metrics} | {guard.verdict for guard in comparison.guards}
    if comparison.verdict not in decided:
        _add_suite(root, "comparison", [("verdict", TAGS.get(comparison.verdict), comparison.headline)])
    _count(root, list(root))
    ElementTree.indent(root)
    return utf8(ElementTree.tostring(root, encoding="unicode", xml_declaration=False).join((_DECLARATION, "\n")))


_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def _metric_case(metric: MetricComparison) -> Case:
    shown = f"{number(metric.baseline)} -> {number(metric.candidate)}, difference {signed(metric.difference)}"
    sure = f" {interval(metric.gate_ci_low, metric.gate_ci_high)}" if metric.gate_ci_low is not None else ""
    tag = TAGS.get(metric.verdict) if metric.verdict else None
    return metric.metric, tag, f"{shown}{sure}, margin {number(metric.margin)}, n {metric.n}, {words(metric.finding)}"


def _marked(message: str, comparison: Comparison) -> str:
    return "; ".join(filter(None, [message, drift_legend(comparison)]))


def _guard_case(guard: Guard) -> Case:
    return f"{guard.name} {guard.task} {guard.sample_id}", TAGS.get(guard.verdict), guard.said


def _probe_case(probe: ProbeResult) -> Case:
    return probe.probe, PROBE_TAGS.get(probe.verdict), probe.sentence


def _add_suite(root: ElementTree.Element, name: str, cases: Sequence[Case]) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_legal(name))
    for case, tag, message in cases:
        node = ElementTree.SubElement(suite, "testcase", classname=_legal(name), name=_legal(case))
        if tag is not None:
            ElementTree.SubElement(node, tag, message=_legal(message))
        else:
            ElementTree.SubElement(node, "system-out").text = _legal(message)
    _count(suite, [suite])


def _count(node: ElementTree.Element, suites: Iterable[ElementTree.Element]) -> None:
    cases = [case for suite in suites for case in suite.findall("testcase")]
    node.set("tests", str(len(cases)))
    for tag, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        node.set(plural, str(sum(case.find(tag) is not None for case in cases)))


def _legal(text: str) -> str:
    return "".join(character for character in one_line(text) if character not in "\ufffe\uffff")
