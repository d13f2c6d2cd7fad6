"""`summary.md`: reads well in a pull request, and no text in it does anything there."""

import re
from dataclasses import replace
from pathlib import Path

from markdown_it import MarkdownIt

from sfteval.report.markdown import LONGEST, MARKER, render_markdown
from sfteval.report.markup import escaped, fenced
from sfteval.types import Comparison, ProbeResult
from tests.sfteval.report.example import comparison, hostile, large, metric, pair, small

GOLDEN = Path(__file__).with_name("summary.golden.md")


def rendered(world: Comparison) -> str:
    return render_markdown(world).decode()


def test_the_summary_reads_so() -> None:
    assert rendered(small()) == GOLDEN.read_text(encoding="utf-8")


def test_the_marker_comes_first_so_that_a_comment_is_found_again() -> None:
    assert rendered(comparison()).splitlines()[0] == MARKER == "<!-- sfteval:summary -->"


def test_hostile_text_leaves_no_html_but_ours() -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(rendered(hostile()))
    blocks = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert blocks[0] == MARKER
    assert all(re.fullmatch(r"<details><summary>Regressed: [^<>]*</summary>|</details>", block) for block in blocks[1:])
    assert len(blocks) == 11  # the marker, and five regressions opened and closed
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "strong_open", "strong_close", "text_special", "softbreak"}


def test_nobody_is_mentioned_outside_of_code() -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(rendered(hostile()))
    outside = "\n".join(token.content for token in tokens if token.type in ("inline", "html_block"))
    assert not re.search(r"[@#][A-Za-z0-9]", outside)


def test_a_fence_is_longer_than_any_run_of_backticks_within() -> None:
    assert fenced("a ```` b").splitlines() == ["`````text", "a ```` b", "`````"]


def test_a_name_stays_in_its_cell() -> None:
    assert escaped("a|b\nc `d` <e>") == r"a\|b c \`d\` \<e\>"


def test_long_text_loses_its_middle() -> None:
    assert "[... 1,999,100 characters ...]" in rendered(replace(hostile(), pairs=hostile().pairs[-1:]))


def test_the_summary_stays_under_its_limit() -> None:
    name = "n" * 200
    metrics = tuple(metric(name, f"{name}{index}") for index in range(500))
    probes = tuple(ProbeResult(name, "fail", "s" * 900) for _ in range(100))
    text = rendered(replace(large(50, 2_000), metrics=metrics, probes=probes, warnings=("w" * 2_000,) * 10))
    assert len(text) <= LONGEST
    assert text.count("<details>") == text.count("</details>")
    assert "460 more rows in report.html" in text


def test_a_summary_that_is_cut_says_so() -> None:
    text = rendered(comparison(warnings=tuple("w" * 1_000 for _ in range(70))))
    assert len(text) <= LONGEST
    assert text.endswith("*Shortened: see report.html.*\n")


def test_the_worst_regressions_come_gating_tasks_first_and_only_five() -> None:
    pairs = [pair(task="other", id="o", scores=(1.0, 0.0))]
    pairs += [pair(id=f"r{index}", scores=(1.0, index / 10)) for index in range(7)]
    titles = re.findall(r"<summary>Regressed: (.*?)</summary>", rendered(comparison(pairs)))
    assert titles == [f"reasoning · r{index}" for index in range(5)]


def test_an_answer_that_is_only_a_tool_call_is_shown() -> None:
    assert '{"name": "book_table", "arguments": {"seats": 4}\n</tool_call>' in rendered(small())
