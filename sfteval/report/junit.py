"""A Comparison in, `junit.xml` out: what every CI system shows as tests.

A suite per task, a case per metric, and a suite of the guards: `regress` is a failure, `inconclusive` skipped,
`not_comparable` an error; a diagnostic metric passes. Probes are a suite of their own and inform: no verdict rests on
them, so one that does not pass is skipped with its sentence and never fails a build. What is said stands in the
attribute and in the element, since CI systems show the one or the other. Characters that XML 1.0 forbids are left out.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Sequence

from sfteval.report.contract import drift_legend
from sfteval.report.deciding import metric_sentence
from sfteval.report.probed import Probed, probed
from sfteval.report.text import one_line, utf8
from sfteval.types import Comparison, Guard, MetricComparison, Verdict

TAGS = {Verdict.REGRESS: "failure", Verdict.INCONCLUSIVE: "skipped", Verdict.NOT_COMPARABLE: "error"}

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
        _add_suite(root, "probes", [case for one in probed(comparison) for case in _probe_cases(one)])
    decided = {metric.verdict for metric in comparison.metrics} | {guard.verdict for guard in comparison.guards}
    if comparison.verdict not in decided:
        _add_suite(root, "comparison", [("verdict", TAGS.get(comparison.verdict), comparison.headline)])
    _count(root, list(root))
    ElementTree.indent(root)
    return utf8(ElementTree.tostring(root, encoding="unicode", xml_declaration=False).join((_DECLARATION, "\n")))


_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def _metric_case(metric: MetricComparison) -> Case:
    return metric.metric, TAGS.get(metric.verdict) if metric.verdict else None, metric_sentence(metric)


def _marked(message: str, comparison: Comparison) -> str:
    return "; ".join(filter(None, [message, drift_legend(comparison)]))


def _guard_case(guard: Guard) -> Case:
    return f"{guard.name} {guard.task} {guard.sample_id}", TAGS.get(guard.verdict), guard.said


def _probe_cases(one: Probed) -> Iterator[Case]:
    """Yield one case a side; whatever a probe says, it does not fail."""
    for side in one.sides:
        name = f"{one.probe} {side.letter}".rstrip()
        if side.verdict == "pass":
            yield name, None, side.sentence
        else:
            told = "" if side.verdict == "skipped" else f"{side.verdict}, which decides nothing: "
            yield name, "skipped", f"{told}{side.sentence}"


def _add_suite(root: ElementTree.Element, name: str, cases: Sequence[Case]) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_legal(name))
    for case, tag, message in cases:
        node = ElementTree.SubElement(suite, "testcase", classname=_legal(name), name=_legal(case))
        if tag is not None:
            ElementTree.SubElement(node, tag, message=_legal(message)).text = _legal(message)
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
