"""Several answers to each of our open prompts, of a checkpoint and of its base model: for the probe of diversity.

Temperature 1, the same settings and seeds on both models. Of each answer the token ids behind its thought, in the
checkpoint's tokenizer; what the token limit cut within a thought is no answer. Does not know what diversity is.
Source: research on probes, A3-P5.
"""

from sfteval.chat.reading import read
from sfteval.errors import ConfigurationError
from sfteval.probes import diversity
from sfteval.probing.desk import Desk
from sfteval.probing.inquiry import Told
from sfteval.probing.language import lines_of
from sfteval.probing.material import Case
from sfteval.probing.questions import asked
from sfteval.probing.rows import sees_reasoning
from sfteval.types import Drawn, Message, Outcome, ProbeDifference, ProbeResult, Sampling

TASK = "open_prompts"
NUM_ANSWERS = 8
MOST_TOKENS, MOST_TOKENS_THINKING = 256, 1024


def open_prompts() -> dict[str, str]:
    """Return our own open prompts by id."""
    return {f"open-{number:02}": prompt for number, prompt in enumerate(lines_of("open_prompts.txt"))}


async def ask(desk: Desk, case: Case, of_base: tuple[Drawn, ...] | None) -> tuple[Drawn, ...]:
    """Return the answers to every prompt, in the prompts' order.

    Raises: ConfigurationError where nobody knows the checkpoint's tokens.
    """
    if case.chat is None:
        raise ConfigurationError(
            case.checkpoint.argument, expected="a tokenizer, to count tokens", got="an endpoint alone",
            next_move="Pass --tokenizer DIR, the folder of the model that is served there",
        )  # fmt: skip
    limit = MOST_TOKENS_THINKING if sees_reasoning(case.checkpoint) else MOST_TOKENS
    sampling, kwargs = Sampling(temperature=1.0, max_tokens=limit), case.checkpoint.template_kwargs
    requests = [
        asked(case, name, [Message("user", prompt)], sampling, index=index, kwargs=kwargs)
        for name, prompt in open_prompts().items()
        for index in range(NUM_ANSWERS)
    ]
    said: dict[str, list[tuple[int, ...]]] = {name: [] for name in open_prompts()}
    for answer in await desk.answers(TASK, requests):
        reading = read(answer)
        if reading.outcome is not Outcome.TRUNCATED_THINK:
            said[answer.sample_id].append(case.chat.tokenizer.encode(reading.answer))
    return tuple(Drawn(name, tuple(answers)) for name, answers in said.items())


def result(told: Told) -> ProbeResult:
    """Return the verdict."""
    assert told.case.chat is not None
    size = told.case.chat.tokenizer.vocabulary_size
    return diversity.probe(told.own, told.base or (), vocabulary=size, who=told.case.who)


def difference(a: Told, b: Told) -> ProbeDifference:
    """Return the difference."""
    return diversity.compare(a.own, b.own)
