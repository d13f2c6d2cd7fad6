"""How far a checkpoint is from its base model on what was not trained: for the probe of forgetting.

The base model answers our open prompts once each, in its own format; both models score those answers and our general
texts, with the same token ids. A general suite is not asked here. Does not know what forgetting is.
Source: research on probes, A3-P7.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sfteval.errors import ConfigurationError
from sfteval.probes import forgetting
from sfteval.probing import likely
from sfteval.probing.desk import Desk, Given
from sfteval.probing.drawn import MOST_TOKENS, open_prompts
from sfteval.probing.inquiry import Told
from sfteval.probing.language import text_scores
from sfteval.probing.material import Case
from sfteval.probing.questions import asked
from sfteval.types import Message, ProbeDifference, ProbeResult, Sampling, Span, TokenScores

TASK = "base_answers"


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """The base model's answers, and how likely one model holds them and the general texts."""

    drawn: Mapping[str, Given]
    scores: Mapping[str, TokenScores]
    texts: Mapping[str, TokenScores]


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
    drawn = of_base.drawn if of_base is not None else await _drawn(desk, case)
    return Remembered(drawn, await desk.scores(likely.TASK, drawn), await text_scores(desk))


def result(told: Told) -> ProbeResult:
    """Return the verdict."""
    own: Remembered = told.own
    base: Remembered = told.base
    general = forgetting.General(_spans(own.scores, base.scores), {}, _spans(own.texts, base.texts))
    return forgetting.probe(general, told.case.who)


def difference(a: Told, b: Told) -> ProbeDifference:
    """Return the difference over the answers of one base model that both sides scored."""
    sides = [_spans(told.own.scores, told.base.scores) for told in (a, b)]
    same = {name for name in sides[0] if a.base.drawn[name] == b.base.drawn.get(name)} & set(sides[1])
    first, second = ({name: span for name, span in side.items() if name in same} for side in sides)
    return forgetting.compare(first, second)


async def _drawn(desk: Desk, case: Case) -> dict[str, Given]:
    """Return prompt and answer of the base model as token ids, and where the answer begins."""
    sampling = Sampling(temperature=1.0, max_tokens=MOST_TOKENS)
    requests = [
        asked(case, name, [Message("user", prompt)], sampling, of=desk.checkpoint)
        for name, prompt in open_prompts().items()
    ]
    answers = await desk.answers(TASK, requests)
    return {
        answer.sample_id: ((*answer.prompt_token_ids, *answer.token_ids), len(answer.prompt_token_ids))
        for answer in answers
        if answer.prompt_token_ids and answer.token_ids
    }


def _spans(own: Mapping[str, TokenScores], base: Mapping[str, TokenScores]) -> dict[str, Span]:
    return {name: Span(scores, base[name]) for name, scores in own.items() if name in base}
