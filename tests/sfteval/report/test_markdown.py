"""`summary.md`: reads well in a pull request, and no text in it does anything there."""

import html
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from sfteval.report.markdown import LONGEST, MARKER, render_markdown
from sfteval.report.markup import escaped, escaped_sentence, fenced, html_name
from sfteval.types import Comparison, Guard, ProbeResult, Slice, Verdict
from tests.sfteval.report.example import comparison, hostile, large, metric, pair, small


def rendered(world: Comparison) -> str:
    return render_markdown(world).decode()


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
    assert "480 more rows in report.html" in text


def test_a_summary_that_is_cut_says_so_and_keeps_the_command() -> None:
    fields = [f"{index}{'d' * 1_000}" for index in range(300)]
    slices = tuple(Slice("reasoning", "exact", field, value, 5, 0.1, 0.2) for field in fields for value in "12")
    world = replace(small(), slices=slices)
    text = rendered(world)
    assert LONGEST - 1_000 < len(text) <= LONGEST
    assert text.endswith("*Truncated: see report.html.*\n")
    assert "sfteval compare checkpoints/quickstart/no-think" in text
    assert text.count("<summary>Regressed: ") == 3


def test_what_decides_is_always_among_the_rows_that_are_shown() -> None:
    metrics = (*(metric("t", f"m{i}", gating=False, verdict=None) for i in range(30)), metric("t", "decides"))
    text = rendered(comparison(metrics=metrics))
    rows = [line for line in text.splitlines() if line.startswith("| t |")]
    assert len(rows) == 20
    assert rows[-1].startswith("| t | **decides** |")
    assert "*11 more rows in report.html.*" in text


def test_many_warnings_are_counted() -> None:
    text = rendered(comparison(warnings=tuple(f"warning {i}" for i in range(70))))
    assert "> ⚠️ warning 9\n> ⚠️ 60 more warnings in report.html." in text


def test_a_lost_golden_sample_is_named() -> None:
    guards = (
        Guard("golden", "t", "a@b", Verdict.REGRESS, "t, golden sample a@b is lost: exact 1 to 0"),
        Guard("golden", "t", "kept", Verdict.PASS, "t, golden sample kept is kept"),
    )
    text = rendered(comparison(guards=guards))
    assert "- ❌ t, golden sample a@\N{ZERO WIDTH SPACE}b is lost: exact 1 to 0" in text
    assert "golden sample kept" not in text


NAMES = (
    "@everyone", "&commat;everyone", "&#64;everyone", "&#x40;everyone", "#123", "GH-123", "gh-7", "me/it#12", "a@b.org",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_name_becomes_a_mention_or_a_reference(name: str) -> None:
    for made in (escaped(name), escaped_sentence(f"Lost: {name}")):
        (inline,) = MarkdownIt("gfm-like", {"linkify": False}).parseInline(made)
        shown = "".join(token.content for token in inline.children or ())
        assert shown.replace("\N{ZERO WIDTH SPACE}", "").endswith(name)
        assert not re.search(r"@\w|#\d|(?i:gh-\d)", shown), shown
    assert not re.search(r"@\w|#\d|(?i:gh-\d)", html.unescape(html_name(name)))


@pytest.mark.parametrize(
    "name",
    ["https://x.org", "www.x.org", "[x](javascript:alert(1))", "<https://x.org>", "![x](y)", "<b>", "<!--", "`a`",
     "mailto:a@b.org", "[a]: https://x.org", "a | b", "</details>", "$x$", "~~x~~", "**x**"],
)  # fmt: skip
def test_no_name_is_a_link_a_tag_or_markup(name: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"| {escaped(name)} | b |\n| --- | --- |\n")
    inline = [child.type for token in tokens for child in token.children or ()]
    assert set(inline) <= {"text", "text_special"}
    assert [token.type for token in tokens].count("th_open") == 2
    assert not re.search(r"://\w|www\.\w", escaped(name))


def test_the_worst_regressions_come_gating_tasks_first_and_only_five() -> None:
    pairs = [pair(task="other", id="o", scores=(1.0, 0.0))]
    pairs += [pair(id=f"r{index}", scores=(1.0, index / 10)) for index in range(7)]
    titles = re.findall(r"<summary>Regressed: (.*?)</summary>", rendered(comparison(pairs)))
    assert titles == [f"reasoning · r{index}" for index in range(5)]


def test_an_answer_that_is_only_a_tool_call_is_shown() -> None:
    assert '{"name": "book_table", "arguments": {"seats": 4}\n</tool_call>' in rendered(small())
