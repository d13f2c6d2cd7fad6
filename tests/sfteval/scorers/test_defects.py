"""Prompts with known defects. Run: pytest tests/sfteval/scorers/test_defects.py."""

import pytest

from sfteval.scorers import build_scorer
from sfteval.scorers.defects import DEFECTS, masked
from sfteval.types import Message, Outcome, Reading, Sample, Task
from tests.sfteval.scorers import ifeval

RIDDLE = (
    "Write a riddle about a house that is not a house. Also include the answer. Your response must be at least 400 "
    "words and have a title wrapped in double angular brackets, like <<riddle>>."
)


def asked(prompt: str) -> Sample:
    target = {"instructions": [{"id": "detectable_format:title", "kwargs": {}}]}
    return Sample("x", (Message("user", prompt),), target=target)


def test_a_prompt_with_a_known_defect_is_masked_whatever_its_id_and_its_spaces():
    assert masked(asked(RIDDLE)) == "key 337: asks for 400 words and is graded by 336"
    assert masked(asked(f"\n{RIDDLE.replace(' ', '  ')} ")) == masked(asked(RIDDLE))
    assert masked(asked(RIDDLE.replace("400", "336"))) is None


def test_the_mask_is_part_of_a_scores_detail_and_changes_no_metric():
    sample, other = asked(RIDDLE), asked("Write a riddle.")
    answer = Reading(Outcome.OK, "<<riddle>>")
    graded, plain = (
        build_scorer(Task("t", "constraints", (one,), ("prompt_strict",))).grade(one, answer) for one in (sample, other)
    )
    assert graded.detail["masked"] == masked(sample)
    assert graded.metrics == plain.metrics
    assert "masked" not in plain.detail


@pytest.mark.skipif(not ifeval.PROMPTS.exists(), reason=f"no data at {ifeval.DATA}: set SFTEVAL_DATA")
def test_exactly_the_five_known_prompts_of_ifeval_are_masked():
    reasons = {sample.id: masked(sample) for sample in map(ifeval.sample_of, ifeval.prompts())}
    found = {key: reason for key, reason in reasons.items() if reason}
    assert sorted(found) == ["1122", "1129", "2078", "30", "337"]
    assert all(reason.startswith(f"key {key}: ") for key, reason in found.items())
    assert len(DEFECTS) == 5
