"""`junit.xml`: the gate's verdicts as every CI reads them."""

import xml.etree.ElementTree as ElementTree

from sfteval.report.junit import render_junit
from sfteval.types import Comparison, Guard, ProbeResult, Verdict
from tests.sfteval.report.example import comparison, hostile, metric, small

GOLDEN = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites name="sfteval" tests="1" failures="1" errors="0" skipped="0">
  <testsuite name="reasoning" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="reasoning" name="exact">
      <failure message="0.410 -&gt; 0.960, difference +0.550, 90 % interval [+0.501, +0.595], margin 0.050, n 300, \
better">\
0.410 -&gt; 0.960, difference +0.550, 90 % interval [+0.501, +0.595], margin 0.050, n 300, better</failure>
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


def test_probes_are_a_suite_of_their_own_that_never_fails() -> None:
    probes = (
        ProbeResult("loss_gap", "pass", "Fine.", side="baseline"),
        ProbeResult("loss_gap", "fail", "A parrot.", side="candidate"),
        ProbeResult("membership", "invalid", "The splits differ.", side="baseline"),
        ProbeResult("canary", "skipped", "No canaries.", side="baseline"),
    )
    world = comparison(probes=probes)
    assert tags(world) == {
        "reasoning/exact": None,
        "probes/loss_gap A": None,
        "probes/loss_gap B": "skipped",
        "probes/membership A": "skipped",
        "probes/canary A": "skipped",
    }
    said = [node.get("message") for node in ElementTree.fromstring(render_junit(world)).iter("skipped")]
    assert said == ["fail, which decides nothing: A parrot.", "invalid, which decides nothing: The splits differ.",
                    "No canaries."]  # fmt: skip


def test_a_case_is_named_once_where_a_probe_was_asked_of_several_suites() -> None:
    probes = tuple(ProbeResult("contamination", verdict, verdict, side="candidate") for verdict in ("pass", "warn"))
    assert tags(comparison(probes=probes))["probes/contamination B"] == "skipped"


def test_what_is_said_stands_in_the_attribute_and_in_the_element() -> None:
    (failure,) = ElementTree.fromstring(render_junit(hostile())).iter("failure")
    assert failure.text == failure.get("message")


def test_guards_are_cases_of_their_own() -> None:
    guards = (
        Guard("golden", "t", "s1", Verdict.PASS, "t, golden sample s1 is kept"),
        Guard("golden", "t", "s2", Verdict.REGRESS, "t, golden sample s2 is lost"),
    )
    found = tags(comparison(guards=guards))
    assert (found["guards/golden t s1"], found["guards/golden t s2"]) == (None, "failure")


def test_a_verdict_that_no_metric_holds_is_a_case_of_its_own() -> None:
    world = comparison(metrics=(), verdict=Verdict.NOT_COMPARABLE, headline="The templates differ.")
    assert tags(world) == {"comparison/verdict": "error"}


def test_hostile_names_leave_the_xml_whole() -> None:
    assert list(tags(hostile()).values()) == ["failure"]
