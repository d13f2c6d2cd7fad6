"""Who judges and what is asked in, how many calls and tokens that takes at most out, before anybody is asked.

No answer exists yet: each is taken as long as its task lets it be. A verdict that cannot be read is asked for again, so
that calls may come to more, up to the tries that a judge has; what was answered before is not asked again, so that they
may come to fewer. Does not know a price. Asks nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sfteval.judge import read_rubric
from sfteval.judge.asking import Judge
from sfteval.judge.material import LONGEST_PART, contest_messages, exhibit_messages
from sfteval.judge.opening import judge_named
from sfteval.judging.hearing import CHARACTERS_PER_TOKEN
from sfteval.judging.panel import judged_tasks
from sfteval.judging.plan import JudgePlan
from sfteval.types import RUBRIC, Contest, Exhibit, Sample, Suite, Task


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one judge is asked in one task, at most."""

    judge: str
    task: str
    num_pairs: int
    num_calls: int  # when every verdict can be read
    most_calls: int  # when none can
    num_prompt_tokens: int  # about, of `num_calls`
    num_tokens: int  # at most


def judges_foreseen(plan: JudgePlan, suites: Sequence[Suite]) -> list[Foreseen]:
    """Return what every judge is asked in every task, at most.

    Raises: ConfigurationError, CheckpointError for judges that cannot be heard.
    """
    tasks = judged_tasks(suites, plan.rubrics) if plan.judges else ()
    return [_foreseen(argument, task) for argument in plan.judges for task in tasks]


def _foreseen(argument: str, task: Task) -> Foreseen:
    judge, _ = judge_named(argument, read_rubric(str(task.options[RUBRIC])))
    num_pairs = len(task.samples) * task.num_samples
    answer_tokens = min(task.sampling.max_tokens, LONGEST_PART // CHARACTERS_PER_TOKEN)
    characters = task.num_samples * sum(_characters(judge, sample) for sample in task.samples)
    return Foreseen(
        judge=judge.name,
        task=task.name,
        num_pairs=num_pairs,
        num_calls=2 * num_pairs,
        most_calls=2 * num_pairs * judge.num_tries,
        num_prompt_tokens=characters // CHARACTERS_PER_TOKEN + answer_tokens * num_pairs * _answers_shown(judge),
        num_tokens=2 * num_pairs * judge.sampling.max_tokens,
    )


def _answers_shown(judge: Judge) -> int:
    """Return how often an answer is read in the two calls of a pair."""
    return 4 if judge.rubric.form == "pairwise" else 2


def _characters(judge: Judge, sample: Sample) -> int:
    """Return the characters of both calls of a pair, its answers aside."""
    reference = sample.target if isinstance(sample.target, str) and sample.target else None
    if judge.rubric.form == "pairwise":
        messages = contest_messages(
            judge.rubric, Contest("", sample.messages, "", "", reference), candidate_first=False
        )
    else:
        messages = exhibit_messages(judge.rubric, Exhibit("", sample.messages, "", reference))
    return 2 * sum(len(message.content) for message in messages)
