"""What is left of the base model. Run: pytest tests/sfteval/probes/test_forgetting.py."""

import pytest

from sfteval.probes import forgetting
from sfteval.probes.forgetting import General
from sfteval.probes.pairs import decide
from sfteval.stats.binary import exact_p
from sfteval.types import Estimate, Finding, Span, TokenScores

NOTHING: dict = {}


def spans(shift: float, num: int = 40) -> dict[str, Span]:
    """Return answers that the checkpoint holds by `shift` nats a token less likely, a little more or less each."""
    return {
        f"g{place}": Span(
            TokenScores(tuple(-1.0 - shift - 0.02 * (place % 3) for _ in range(10))), TokenScores((-1.0,) * 10)
        )
        for place in range(num)
    }


def scores(kept: int, lost: int, gained: int, failed: int) -> dict[str, tuple[float, float]]:
    """Return (base, checkpoint) by sample."""
    rows = [(1.0, 1.0)] * kept + [(1.0, 0.0)] * lost + [(0.0, 1.0)] * gained + [(0.0, 0.0)] * failed
    return {f"s{place}": row for place, row in enumerate(rows)}


def test_the_exact_tests_of_discordant_pairs_are_the_published_ones():
    assert exact_p(3, 12) == pytest.approx(0.03516, abs=1e-5)
    assert exact_p(0, 6) == 0.03125
    assert exact_p(0, 5) == 0.0625


def test_the_divergence_is_what_the_base_model_s_own_answers_lost():
    found = forgetting.divergence(spans(0.5))
    assert found.value == pytest.approx(0.5 + 0.02 * (13 * 1 + 13 * 2) / 40)


def test_a_forgetful_checkpoint_fails_and_says_what_it_lost():
    found = forgetting.probe(General(spans(0.9), scores(150, 40, 5, 105), NOTHING), "A")
    assert found.verdict == "fail"
    assert found.sentence.startswith("A, beside its base model, is 0.92 nats a token away on its answers (n=40")
    assert "scores -0.117 on the general suite (n=300, CI " in found.sentence


def test_a_checkpoint_that_kept_all_passes_and_a_distant_one_warns():
    kept = General(spans(0.01), scores(200, 1, 1, 98), spans(0.01))
    assert forgetting.probe(kept).verdict == "pass"
    assert forgetting.probe(General(spans(0.9), scores(200, 1, 1, 98), NOTHING)).verdict == "warn"
    assert forgetting.probe(General(NOTHING, NOTHING, spans(0.3))).verdict == "warn"


@pytest.mark.parametrize(
    ("name", "estimate", "verdict"),
    [
        ("retention", Estimate(-0.08, -0.12, -0.04, 300), "fail"),
        ("retention", Estimate(-0.08, -0.2, 0.02, 300), "inconclusive"),
        ("retention", Estimate(-0.04, -0.08, 0.0, 300), "inconclusive"),
        ("retention", Estimate(0.0, -0.03, 0.03, 300), "pass"),
        ("kl", Estimate(0.6, 0.4, 0.8, 64), "warn"),
        ("kl", Estimate(0.4, 0.2, 0.6, 64), "inconclusive"),
        ("loss_ratio", Estimate(1.02, 1.0, 1.04, 64), "pass"),
    ],
)
def test_the_lines_of_each_part(name, estimate, verdict):
    assert forgetting.verdict_of(name, estimate) == verdict


def test_nothing_general_is_skipped_and_little_is_inconclusive():
    assert forgetting.probe(General(NOTHING, NOTHING, NOTHING)).verdict == "skipped"
    assert forgetting.probe(General(spans(0.9, num=5), NOTHING, NOTHING)).verdict == "inconclusive"


def test_the_distant_checkpoint_is_worse_and_one_ties_with_itself():
    worse, tie = decide([forgetting.compare(spans(0.1), spans(0.9)), forgetting.compare(spans(0.1), spans(0.1))])
    assert (worse.finding, worse.difference) == (Finding.WORSE, pytest.approx(0.8))
    assert tie.difference == 0.0


def test_the_divergence_on_the_trained_task_is_told_and_decides_nothing():
    found = forgetting.probe(General(spans(0.01), NOTHING, NOTHING, spans(2.0)))
    assert (found.verdict, found.numbers["kl_task"]["value"]) == ("pass", pytest.approx(2.02, abs=0.01))
    assert "; on what it was trained for, 2.02 nats a token (n=40, CI " in found.sentence
    assert forgetting.probe(General(NOTHING, NOTHING, NOTHING, spans(2.0))).verdict == "skipped"
