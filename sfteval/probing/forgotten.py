"""How far a checkpoint is from its base model on what was not trained: for the probe of forgetting.

The base model answers our open prompts and some held-out prompts once each, in its own format; both models score those
answers and our general texts, with the same token ids, and both answer a general suite (`retained`). Does not know
what forgetting is.
Source: research on probes, A3-P7.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sfteval.errors import ConfigurationError, SftevalError
from sfteval.probes import forgetting
from sfteval.probing import likely, retained
from sfteval.probing.desk import Desk, Given
from sfteval.probing.drawn import MOST_TOKENS, open_prompts
from sfteval.probing.inquiry import Told
from sfteval.probing.language import text_scores
from sfteval.probing.material import Case
from sfteval.probing.questions import asked
from sfteval.types import Message, ProbeDifference, ProbeResult, Request, Sampling, Span, TokenScores

TASK, NEW_TASK = "base_answers", "base_answers_on_task"
SAMPLING = Sampling(temperature=1.0, max_tokens=MOST_TOKENS)
MOST_PROMPTS = 64  # held-out ones


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """The base model's answers, and how likely one model holds them and the general texts."""

    drawn: Mapping[str, Given]
    scores: Mapping[str, TokenScores]
    texts: Mapping[str, TokenScores]
    on_task: Mapping[str, Given]  # the same of held-out prompts
    task_scores: Mapping[str, TokenScores]
    general: Mapping[str, float]  # scores of the model's own answers to the general suite


async def ask(desk: Desk, case: Case, of_base: Remembered | None) -> Remembered:
    """Let the base model answer, then score its answers; the checkpoint scores what its base model said.

    Raises: ConfigurationError for models of different tokenizers, and where nobody knows the tokens.
    """
    if not case.base_shares_tokens:
        raise ConfigurationError(
            case.checkpoint.argument,
            expected="the tokenizer of its base model",
            got="another" if case.chat is not None else "an endpoint alone",
            next_move="Name the model that it was trained from by --base",
        )
    if of_base is None:
        drawn: Mapping[str, Given] = await _drawn(desk, case, TASK, _open(desk, case))
        on_task: Mapping[str, Given] = {}
        with contextlib.suppress(SftevalError):  # one figure more, where it can be had
            on_task = await _drawn(desk, case, NEW_TASK, _held_out(desk, case))
    else:
        drawn, on_task = of_base.drawn, of_base.on_task
    scores, texts = await desk.scores(likely.TASK, drawn), await text_scores(desk)
    task_scores: Mapping[str, TokenScores] = {}
    with contextlib.suppress(SftevalError):
        task_scores = await desk.scores(likely.TASK, on_task)
    return Remembered(drawn, scores, texts, on_task, task_scores, await retained.scores(desk, case))


def result(told: Told) -> ProbeResult:
    """Return the verdict."""
    own: Remembered = told.own
    base: Remembered = told.base
    on_task = _spans(own.task_scores, base.task_scores)
    kept = {name: (base.general[name], score) for name, score in own.general.items() if name in base.general}
    general = forgetting.General(_spans(own.scores, base.scores), kept, _spans(own.texts, base.texts), on_task)
    return forgetting.probe(general, told.case.who)


def difference(a: Told, b: Told) -> ProbeDifference:
    """Return the difference over the answers of one base model that both sides scored."""
    sides = [_spans(told.own.scores, told.base.scores) for told in (a, b)]
    same = {name for name in sides[0] if a.base.drawn[name] == b.base.drawn.get(name)} & set(sides[1])
    first, second = ({name: span for name, span in side.items() if name in same} for side in sides)
    return forgetting.compare(first, second)


def _open(desk: Desk, case: Case) -> list[Request]:
    return [
        asked(case, name, [Message("user", prompt)], SAMPLING, of=desk.checkpoint)
        for name, prompt in open_prompts().items()
    ]


def _held_out(desk: Desk, case: Case) -> list[Request]:
    return [
        asked(case, piece.id, piece.before, SAMPLING, tools=piece.row.tools, of=desk.checkpoint)
        for piece in case.of_split("held_out")[:MOST_PROMPTS]
    ]


async def _drawn(desk: Desk, case: Case, task: str, requests: Sequence[Request]) -> dict[str, Given]:
    """Return prompt and answer of the base model as token ids, and where the answer begins."""
    answers = await desk.answers(task, requests)
    return {
        answer.sample_id: ((*answer.prompt_token_ids, *answer.token_ids), len(answer.prompt_token_ids))
        for answer in answers
        if answer.prompt_token_ids and answer.token_ids
    }


def _spans(own: Mapping[str, TokenScores], base: Mapping[str, TokenScores]) -> dict[str, Span]:
    return {name: Span(scores, base[name]) for name, scores in own.items() if name in base}
