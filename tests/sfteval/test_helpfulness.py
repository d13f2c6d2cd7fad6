from collections import Counter

from sfteval.suites import load_suite


def test_the_suite_has_enough_prompts_of_every_kind():
    (task,) = load_suite("helpfulness").tasks
    kinds = Counter(sample.metadata["kind"] for sample in task.samples)
    assert sum(kinds.values()) >= 120
    assert set(kinds) == {"writing", "explanation", "advice", "code", "tone", "refusal"}
    assert min(kinds.values()) >= 20


def test_no_two_prompts_begin_alike():
    (task,) = load_suite("helpfulness").tasks
    openings = Counter(" ".join(sample.prompt.split()[:5]) for sample in task.samples)
    assert openings.most_common(1)[0][1] <= 3


def test_code_is_shown_as_code():
    (task,) = load_suite("helpfulness").tasks
    fenced = [sample for sample in task.samples if sample.metadata["kind"] == "code" and "```" in sample.prompt]
    assert len(fenced) >= 19
    assert all(sample.prompt.count("```") == 2 and "\n```\n" not in sample.prompt[:3] for sample in fenced)
