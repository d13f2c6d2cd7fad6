"""Cards of overfitting probes on the page: what stands on them, and pictures that survive any number."""

import re
from dataclasses import replace
from typing import Any

import pytest

from sfteval.probes import contamination, diversity, forgetting, format_leak, overlap, perturb
from sfteval.report.html import render_html
from sfteval.report.html.probe_cards import probe_cards
from sfteval.report.html.probe_charts import WIDTH, scale_of
from sfteval.report.html.probe_numbers import found
from sfteval.report.html.probe_pictures import LEAK_WORDS, LINES, PICTURES, VERBATIM_TOKENS, probe_picture
from sfteval.report.probed import probed
from sfteval.types import ProbeResult
from tests.sfteval.report.example import HOSTILE, comparison
from tests.sfteval.report.probe_example import REASON, contaminated, result, with_probes

BROKEN: tuple[Any, ...] = (None, "x", True, float("nan"), float("inf"), -1.0, 0, 1e300, [], [[1]], [[0, 1], "x"], {})


def card(name: str) -> dict[str, Any]:
    return next(card for card in probe_cards(with_probes()) if card["name"] == name)


def keys(numbers: Any) -> set[str]:
    """Return every key of nested numbers."""
    if isinstance(numbers, dict):
        return {str(key) for key in numbers} | {name for value in numbers.values() for name in keys(value)}
    return {name for item in numbers for name in keys(item)} if isinstance(numbers, list) else set()


def spoiled(numbers: Any, key: str, value: Any) -> Any:
    """Return nested numbers with another value under every key of this name."""
    if isinstance(numbers, dict):
        return {name: value if name == key else spoiled(item, key, value) for name, item in numbers.items()}
    return [spoiled(item, key, value) for item in numbers] if isinstance(numbers, list) else numbers


def test_every_probe_has_one_card_with_both_sides_and_a_picture() -> None:
    cards = probe_cards(with_probes())
    assert [card["name"] for card in cards] == [
        "Contamination", "Loss gap", "Membership", "Extraction", "Perturb", "Diversity", "Format leak", "Forgetting",
        "Canary",
    ]  # fmt: skip
    for one in cards:
        assert [side["letter"] for side in one["sides"]] == ["a", "b"]
        assert one["picture"], one["name"]
        assert one["question"].endswith("?")
        assert 'role="img" aria-label="' in one["picture"]


def test_a_card_says_the_verdicts_the_sentences_and_the_difference() -> None:
    shown = card("Loss gap")
    assert [(side["mark"], side["kind"]) for side in shown["sides"]] == [("✗", "fail"), ("✓", "pass")]
    assert [said["spoken"] for said in shown["told"]] == ["A", "B"]
    assert shown["told"][0]["sentence"].startswith("no-think has 0.")
    (difference,) = shown["differences"]
    assert re.fullmatch(r"−\d\.\d{3} \[−\d\.\d{3}, −\d\.\d{3}\]", difference["difference"])
    assert difference["says"] == "B is better, p < .001 (Holm)"
    facts = {name: dict(values)["a"] for name, values in shown["facts"]}
    train, held_out = facts["answer: nll train"], facts["answer: nll held out"]
    assert f'aria-label="losses: A training {train}, held-out {held_out}; B training' in shown["picture"]
    assert {"curve: attack", "areas: gain"} <= dict(card("Membership")["facts"]).keys()
    assert "curve: points" not in dict(card("Membership")["facts"])
    assert re.fullmatch(r"\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\], n 80", facts["answer: difference in differences"])


def test_a_skipped_probe_has_no_card_and_its_reason_is_folded() -> None:
    text = render_html(with_probes()).decode()
    assert "Sycophancy" not in text
    assert f"sycophancy: {REASON}" in text
    assert probe_cards(comparison(probes=(result("canary", "skipped"),))) == []


def test_one_side_alone_has_a_card_and_a_picture() -> None:
    world = with_probes()
    alone = replace(world, probes=tuple(one for one in world.probes if one.side == "candidate"), probe_differences=())
    for one in probe_cards(alone):
        assert [side["letter"] for side in one["sides"]] == ["b"]
        assert one["picture"]
    assert "b hollow" not in render_html(alone).decode()


def test_what_is_said_of_both_sides_alike_is_said_once() -> None:
    results = tuple(replace(result("x", "warn", side), sentence="Alike.") for side in ("baseline", "candidate"))
    (one,) = probe_cards(comparison(probes=results))
    assert one["told"] == [{"letters": ["a", "b"], "spoken": "A and B", "sentence": "Alike."}]


def test_contamination_shows_clean_and_dirty_prompts_and_without_them_the_share() -> None:
    shown = card("Contamination")
    assert "A reasoning exact dirty 0.420, clean 0.410" in shown["picture"]
    assert shown["tasks"] == ["reasoning: 2 of 300 prompts stand in training data (A's 1, B's 2)"]
    assert [row[1] for row in shown["parts"]] == ["all", "clean", "dirty"]
    world = replace(with_probes(), contaminated=())
    assert (
        "dirty items: A 0.200; B 0.005"
        in next(c for c in probe_cards(world) if c["name"] == "Contamination")["picture"]
    )


def test_a_part_without_prompts_has_no_mark() -> None:
    empty = replace(contaminated().clean[0], baseline=None, candidate=None, n=0)
    world = comparison(
        probes=(result("contamination", "warn"),), contaminated=(replace(contaminated(), clean=(empty,)),)
    )
    assert probe_cards(world)[0]["picture"] == ""


@pytest.mark.parametrize("probe", PICTURES)
def test_numbers_that_are_none_make_no_picture_and_no_trouble(probe: str) -> None:
    """Every key in turn holds something else, as a file from elsewhere may."""
    world = replace(with_probes(), contaminated=())
    of_probe = [given for given in world.probes if given.probe == probe]
    for key in sorted(set().union(*(keys(given.numbers) for given in of_probe))):
        for value in BROKEN:
            results = tuple(
                replace(given, numbers=spoiled(given.numbers, key, value))
                for given in world.probes
                if given.probe == probe
            )
            picture = probe_picture(probed(replace(world, probes=results))[0], world)
            drawn = "" if picture is None else re.sub('aria-label="[^"]*"', "", picture[0])
            assert not re.search(r"\b(nan|inf)\b|>-<", drawn), (key, value)
            assert all(float(width) <= WIDTH for width in re.findall(r' width="([-\d.e+]+)"', drawn)), (key, value)
    assert probe_picture(probed(comparison(probes=(result(probe, "pass"),)))[0], comparison()) is None


def test_every_mark_lies_inside_its_picture() -> None:
    for one in probe_cards(with_probes()):
        height = float(re.search(r'viewBox="0 0 300 ([\d.]+)"', one["picture"])[1])
        places = re.findall(r' (cx|cy|x|y|x1|x2|y1|y2)="([-\d.]+)"', one["picture"])
        for name, place in places:
            limit = WIDTH if "x" in name else height
            assert 0 <= float(place) <= limit, (one["name"], name, place)


@pytest.mark.parametrize(
    ("values", "low", "high", "step"),
    [([0.2, 1.5], 0.0, 1.5, 0.5), ([-0.08, 0.2], -0.1, 0.2, 0.1), ([0.0], 0.0, 1.0, 0.2), ([1e-4], 0.0, 1e-4, 2e-5)],
)
def test_an_axis_runs_between_round_numbers(values: list[float], low: float, high: float, step: float) -> None:
    scale = scale_of(values, 0, 100)
    assert (scale.low, scale.high, scale.step) == pytest.approx((low, high, step))
    assert scale.at(low) == 0
    assert scale.at(high) == 100
    assert scale.at(high + 9) == 100


def test_the_lines_in_pictures_are_those_of_the_verdicts() -> None:
    assert LINES == {
        "perturb": perturb.FAIL_GAP,
        "diversity": diversity.FAIL_RATIO,
        "kl": forgetting.WARN_KL_NATS,
        "retention": -forgetting.FAIL_DROP,
        "contamination": contamination.FAIL_SHARE,
    }
    assert VERBATIM_TOKENS == overlap.VERBATIM_TOKENS
    assert LEAK_WORDS.keys() == format_leak.WORDS.keys()


def test_only_finite_numbers_count() -> None:
    assert found({"a": {"b": 2}}, "a", "b") == 2.0
    for value in (None, True, "1", float("nan"), float("-inf"), [1]):
        assert found({"a": value}, "a") is None
    assert found({"a": 3}, "a", "b") is None


def test_hostile_text_of_a_probe_stays_text() -> None:
    results = (
        ProbeResult(HOSTILE, "fail", HOSTILE, {HOSTILE: HOSTILE, "n": {HOSTILE: 1}}, "baseline"),
        ProbeResult(
            "membership", "warn", HOSTILE, {"curve": {"attack": HOSTILE, "points": [[0, 0], [1, 1]]}}, "candidate"
        ),
    )
    world = comparison(probes=results, contaminated=(replace(contaminated(), task=HOSTILE),))
    text = render_html(world).decode()
    section = text[text.index('<section id="probes">') :]
    section = section[: section.index("</section>")]
    assert "<script" not in section
    assert "<img" not in section
    assert "\x1b" not in section
    assert "\u202e" not in section
