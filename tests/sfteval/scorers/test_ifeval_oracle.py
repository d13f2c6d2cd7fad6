"""Our reference mode against lm-eval's checker, executed.

Run: pytest -m "" tests/sfteval/scorers/test_ifeval_oracle.py. The two ids that need nltk's punkt data are compared
where the data is present; test_splitting.py has vectors made by hand.
"""

import json
import random
from collections.abc import Iterable

import pytest

from sfteval.scorers import Scorer, build_scorer
from sfteval.scorers.instructions import CONSTRAINTS, build_constraint
from sfteval.scorers.instructions.splitting import punkt
from sfteval.types import Outcome, Reading
from tests.sfteval.scorers import ifeval

pytest.importorskip("lm_eval", reason="the oracle is lm-eval: pip install sfteval[dev]")
pytestmark = [
    pytest.mark.skipif(not ifeval.PROMPTS.exists(), reason=f"no data at {ifeval.DATA}: set SFTEVAL_DATA"),
    pytest.mark.slow,  # lm-eval's checkers are
]

NEED_PUNKT = {"length_constraints:number_sentences", "change_case:capital_word_frequency"}
DRAWN = {
    ("1122", "keywords:letter_frequency"),
    ("1129", "keywords:letter_frequency"),
}  # "#" and "!": random as published
IFEVAL = {name for name, cls in CONSTRAINTS.items() if ".bench" not in cls.__module__}
NUM_MUTATIONS = 20_000
SEED = 20_231_114


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return build_scorer(ifeval.task_of(ifeval.prompts()))


def disagreements(scorer: Scorer, answers: Iterable[tuple[ifeval.Row, str]]) -> tuple[int, list[tuple]]:
    """How many verdicts were compared, and those that differ; what is random as published must be null here."""
    compared, differing = 0, []
    for row, text in answers:
        graded = scorer.grade(ifeval.sample_of(row), Reading(Outcome.OK, text))
        for ours, name, kwargs in zip(
            graded.detail["instructions"], row["instruction_id_list"], row["kwargs"], strict=True
        ):
            found = (ours["strict_reference"], ours["loose_reference"])
            is_known = (
                punkt() is not None or name not in NEED_PUNKT or not text.strip()
            )  # a blank answer fails as it is
            if (str(row["key"]), name) in DRAWN or not is_known:
                expected: tuple[bool | None, bool | None] = (None, None)
            else:
                expected = ifeval.oracle(name, kwargs, row["prompt"], text)
                compared += 1
            if found != expected:
                differing.append((row["key"], name, kwargs, text[:200], found, expected))
    return compared, differing


def test_every_published_verdict_on_the_540_real_answers_is_lm_evals(scorer: Scorer):
    compared, differing = disagreements(scorer, ifeval.answered())
    assert differing == []
    assert compared == (753 if punkt() is None else 830)


def test_every_published_verdict_on_the_edge_vectors_is_lm_evals():
    for line in ifeval.VECTORS.read_text(encoding="utf-8").splitlines():
        vector = json.loads(line)
        checker = build_constraint(vector["id"], vector["kwargs"], "test")
        if not checker.is_drawn():
            text = vector["response"]
            strict, _ = ifeval.oracle(vector["id"], vector["kwargs"], "", text)
            assert (bool(text.strip()) and checker.published(text)) == strict, vector


KWARGS: dict[str, list[dict]] = {
    "keywords:existence": [{"keywords": ["so", "a.b"]}, {"keywords": ["I"]}],
    "keywords:frequency": [{"keyword": " so ", "frequency": n, "relation": "at least"} for n in (1, 2)],
    "keywords:forbidden_words": [{"forbidden_words": ["so", "3.5"]}],
    "keywords:letter_frequency": [{"letter": "S", "let_frequency": n, "let_relation": "less than"} for n in (1, 3)],
    "language:response_language": [{"language": "en"}],
    "length_constraints:number_paragraphs": [{"num_paragraphs": n} for n in (1, 2, 3)],
    "length_constraints:number_words": [{"num_words": n, "relation": "at least"} for n in (2, 5)],
    "length_constraints:nth_paragraph_first_word": [
        {"num_paragraphs": n, "nth_paragraph": nth, "first_word": "So"} for n, nth in ((1, 1), (2, 1), (2, 2))
    ],
    "detectable_content:number_placeholders": [{"num_placeholders": n} for n in (1, 2, 4)],
    "detectable_content:postscript": [{"postscript_marker": marker} for marker in ("P.S.", "P.P.S", "so")],
    "detectable_format:number_bullet_lists": [{"num_bullets": n} for n in (1, 2, 3)],
    "detectable_format:number_highlighted_sections": [{"num_highlights": n} for n in (1, 2, 4)],
    "detectable_format:multiple_sections": [{"section_spliter": " SECTION ", "num_sections": n} for n in (1, 2)],
    "combination:repeat_prompt": [{"prompt_to_repeat": "So "}],
    "startend:end_checker": [{"end_phrase": " so."}],
    "length_constraints:number_sentences": [{"num_sentences": 2, "relation": "at least"}],
    "change_case:capital_word_frequency": [{"capital_frequency": 2, "capital_relation": "at least"}],
}
SOUP = [*ifeval.PIECES, "so", "So ", "SECTION ", "SECTION  ", "1", "2 ", "so.", "\u00df", "<", "<<a\n"]


@pytest.mark.parametrize("name", sorted(IFEVAL))
def test_every_published_verdict_on_a_soup_of_marks_is_lm_evals(name: str):
    draw = random.Random(name)
    for _ in range(300):
        kwargs = draw.choice(KWARGS.get(name, [{}]))
        text = "".join(draw.choices(SOUP, k=draw.randint(1, 9)))
        found = build_constraint(name, kwargs, "test").published(text)
        if found is None:
            assert name in NEED_PUNKT
            assert punkt() is None
        else:
            assert (bool(text.strip()) and found) == ifeval.oracle(name, kwargs, "", text)[0], (kwargs, text)


@pytest.mark.slow
def test_every_published_verdict_on_twenty_thousand_mutated_answers_is_lm_evals(scorer: Scorer):
    draw = random.Random(SEED)
    answered = ifeval.answered()
    mutations = (
        (row, ifeval.mutated(row, text, draw)) for row, text in (draw.choice(answered) for _ in range(NUM_MUTATIONS))
    )
    compared, differing = disagreements(scorer, mutations)
    assert differing == []
    assert compared > NUM_MUTATIONS


def test_a_bound_of_zero_is_drawn_as_published_and_so_has_no_reference():
    for name, kwargs in [
        ("length_constraints:number_words", {"num_words": 0, "relation": "at least"}),
        ("detectable_format:number_bullet_lists", {"num_bullets": 0}),
        ("keywords:letter_frequency", {"letter": "a", "let_frequency": 0, "let_relation": "at least"}),
    ]:
        assert build_constraint(name, kwargs, "test").is_drawn()
        registry = ifeval.lm_eval_ifeval().instructions_registry.INSTRUCTION_DICT
        drawn = set()
        for seed in range(30):
            random.seed(seed)
            checker = registry[name](name)
            checker.build_description(**{key: value for key, value in kwargs.items() if value})
            drawn.add(json.dumps(checker.get_instruction_args(), sort_keys=True))
        assert len(drawn) > 1, name
