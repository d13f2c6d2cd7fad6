"""How well a model does on a general suite, beside what it was trained for: for the probe of forgetting.

Prompts of our suite `constraints`, whose answers a program can judge, asked greedily, of each model in its own format.
An answer that was cut or says nothing is wrong, as everywhere. Does not know what forgetting is.
Source: research on probes, A3-P7 (ii).
"""

from dataclasses import replace

from sfteval.chat.reading import read
from sfteval.identity import content_hash
from sfteval.probing.desk import Desk
from sfteval.probing.material import Case
from sfteval.probing.questions import asked
from sfteval.probing.rows import sees_reasoning
from sfteval.scorers import build_scorer
from sfteval.suites import load_suite
from sfteval.types import Sampling, Task

TASK = "general_suite"
SUITE, METRIC = "constraints", "prompt_strict"
NUM_PROMPTS = 200  # with fewer, equal models that part on one prompt in twenty could not be told from forgetting
MOST_TOKENS, MOST_TOKENS_THINKING = 512, 2048


def general_task() -> Task:
    """Return the task that is asked, its prompts the same for everybody."""
    (task,) = load_suite(SUITE).tasks
    ordered = sorted(task.samples, key=lambda sample: content_hash(sample.id))
    return replace(task, samples=tuple(ordered[:NUM_PROMPTS]))


async def scores(desk: Desk, case: Case) -> dict[str, float]:
    """Return the score of each prompt, 0 or 1, by its id; what could not be asked is left out."""
    task = general_task()
    scorer, samples = build_scorer(task), {sample.id: sample for sample in task.samples}
    limit = MOST_TOKENS_THINKING if sees_reasoning(case.checkpoint) else MOST_TOKENS
    sampling, kwargs = Sampling(temperature=0.0, max_tokens=limit), case.checkpoint.template_kwargs
    requests = [
        asked(case, sample.id, sample.messages, sampling, kwargs=kwargs, of=desk.checkpoint) for sample in task.samples
    ]
    answers = await desk.answers(TASK, requests)
    grades = {answer.sample_id: scorer.grade(samples[answer.sample_id], read(answer)) for answer in answers}
    return {name: float(grade.metrics[METRIC] or 0.0) for name, grade in grades.items()}
