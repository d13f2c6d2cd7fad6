"""`junit.xml`: the gate's verdicts as every CI reads them."""

import xml.etree.ElementTree as ElementTree

from sfteval.report.junit import render_junit
from sfteval.types import Comparison, ProbeResult, Verdict
from tests.sfteval.report.example import comparison, hostile, metric, small

GOLDEN = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites name="sfteval" tests="1" failures="1" errors="0" skipped="0">
  <testsuite name="reasoning" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="reasoning" name="exact">
      <failure message="0.410 -&gt; 0.960, difference +0.550 [+0.501, +0.595], margin 0.050, n 300, better" />
    </testcase>
  </testsuite>
</testsuites>
"""


def tags(world: Comparison) -> dict[str, str | None]:
    """Return the tag of each case that did not pass."""
    root = ElementTree.fromstring(render_junit(world))
    return {
        f"{case.get('classname')}/{case.get('name')}": next(
            (node.tag for node in case if node.tag != "system-out"), None
        )
        for case in root.iter("testcase")
    }


def test_the_file_reads_so() -> None:
    world = comparison(metrics=(metric(verdict=Verdict.REGRESS),), verdict=Verdict.REGRESS)
    assert render_junit(world).decode() == GOLDEN


def test_each_verdict_has_its_tag_and_diagnostics_pass() -> None:
    verdicts = (Verdict.PASS, Verdict.REGRESS, Verdict.INCONCLUSIVE, Verdict.NOT_COMPARABLE, None)
    metrics = tuple(metric("t", str(verdict), verdict=verdict) for verdict in verdicts)
    assert tags(comparison(metrics=metrics)) == {
        "t/pass": None,
        "t/regress": "failure",
        "t/inconclusive": "skipped",
        "t/not_comparable": "error",
        "t/None": None,
    }


def test_the_counts_add_up() -> None:
    root = ElementTree.fromstring(render_junit(small()))
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "0",
        "errors": "0",
        "skipped": "0",
    }
    assert [suite.get("name") for suite in root] == ["reasoning", "constraints", "toolcalls"]


def test_probes_are_a_suite_of_their_own() -> None:
    probes = (ProbeResult("loss_gap", "fail", "A parrot."), ProbeResult("canary", "skipped", "No canaries."))
    assert tags(comparison(probes=probes)) == {
        "reasoning/exact": None,
        "probes/loss_gap": "failure",
        "probes/canary": "skipped",
    }


def test_a_verdict_that_no_metric_holds_is_a_case_of_its_own() -> None:
    world = comparison(metrics=(), verdict=Verdict.NOT_COMPARABLE, headline="The templates differ.")
    assert tags(world) == {"comparison/verdict": "error"}


def test_hostile_names_leave_the_xml_whole() -> None:
    assert list(tags(hostile()).values()) == ["failure"]
