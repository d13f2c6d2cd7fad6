"""What a checkpoint answers to training and held-out prompts as they stand and in other words: for the probe perturb.

Greedy. An answer that is short, or a tool call, is worth 1 where it is the true one and else 0; a longer one as much of
the true answer as it holds, by the common subsequence of words. Where the model can tell, how likely it holds the true
answer behind each form as well. Does not know what a drop means.
Source: research on probes, A3-P4.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import LCSseq

from sfteval.chat.reading import read
from sfteval.errors import SftevalError
from sfteval.probes import perturb
from sfteval.probes.eval_items import call_text
from sfteval.probes.variants import variants_of
from sfteval.probing.desk import Desk
from sfteval.probing.inquiry import Told
from sfteval.probing.material import Case, Item
from sfteval.probing.questions import asked, rounded
from sfteval.probing.spans import piece_of
from sfteval.types import Message, ProbeDifference, ProbeResult, Reading, Rephrased, Request, Sampling

TASK, TRUE_TASK = "rephrased", "true_answers"
SHORT_WORDS = 8  # an answer of so many words is right or wrong
ROOM, MOST_TOKENS, MOST_WORDS = 64, 1024, 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The answer to each form, and what the true answer costs behind it."""

    answers: Mapping[str, Reading]
    true_nlls: Mapping[str, float]  # nats a token; empty: the model cannot tell


def forms_of(item: Item, seed: int) -> Iterator[tuple[str, tuple[Message, ...]]]:
    """Yield (id, messages): the prompt as it stands first, then in other words."""
    before = item.piece.before
    last = max((place for place, one in enumerate(before) if one.role == "user"), default=None)
    if last is None:
        return
    yield f"{item.id}/original", before
    for variant in variants_of(before[last].content, seed):
        yield (
            f"{item.id}/{variant.kind}",
            (*before[:last], replace(before[last], content=variant.text), *before[last + 1 :]),
        )


async def ask(desk: Desk, case: Case, of_base: None) -> Heard:
    """Return the answer to each form, and the true answer's loss."""
    answers = await desk.answers(TASK, list(_requests(case)))
    nlls: Mapping[str, float] = {}
    with contextlib.suppress(SftevalError):  # one figure more, where it can be had
        nlls = await _true_nlls(desk, case)
    return Heard({answer.sample_id: read(answer) for answer in answers}, nlls)


def rephrased(told: Told) -> tuple[Rephrased, ...]:
    """Return what every item's answers were worth; an item whose own prompt was not answered is left out."""
    heard: Heard = told.own
    found = []
    for item in told.case.items:
        names = [name for name, _ in forms_of(item, told.case.plan.seed)]
        original, *variants = [heard.answers.get(name) for name in names] or [None]
        answered = [one for one in variants if one is not None]
        if original is not None and answered:
            true = _said(item.piece.row.answer.content, item.piece.row.answer.tool_calls)
            said = tuple(_of_reading(one) for one in (original, *answered))
            worth = [worth_of(one, true, calls=bool(item.piece.row.answer.tool_calls)) for one in said]
            nlls = [heard.true_nlls.get(name) for name in names]
            others = tuple(value for value in nlls[1:] if value is not None)
            found.append(Rephrased(item.id, item.split, worth[0], tuple(worth[1:]), said, nlls[0], others))
    return tuple(found)


def worth_of(said: str, true: str, *, calls: bool = False) -> float:
    """Return how much of the true answer an answer holds, in [0, 1]."""
    words, wanted = (text.lower().split()[:MOST_WORDS] for text in (said, true))
    if calls or len(wanted) <= SHORT_WORDS:
        return float(words == wanted)
    return float(LCSseq.normalized_similarity(words, wanted))


def result(told: Told) -> ProbeResult:
    """Return the verdict."""
    return perturb.probe(rephrased(told), told.case.who)


def difference(a: Told, b: Told) -> ProbeDifference:
    """Return the difference over the items that both sides answered."""
    sides = rephrased(a), rephrased(b)
    ids = {one.id for one in sides[0]} & {one.id for one in sides[1]}
    first, second = ([one for one in side if one.id in ids] for side in sides)
    return perturb.compare(first, second)


def _requests(case: Case) -> Iterator[Request]:
    for item in case.items:
        limit = rounded(2 * len(item.piece.said) + ROOM, MOST_TOKENS)
        for name, messages in forms_of(item, case.plan.seed):
            yield asked(case, name, messages, Sampling(max_tokens=limit), tools=item.piece.row.tools,
                        kwargs=item.piece.row.kwargs)  # fmt: skip


async def _true_nlls(desk: Desk, case: Case) -> dict[str, float]:
    """Return the mean loss a token of every true answer behind every form of its prompt."""
    if case.chat is None:
        return {}
    given = {}
    for item in case.items:
        row = item.piece.row
        for name, messages in forms_of(item, case.plan.seed):
            said = replace(row, messages=(*messages, row.messages[len(messages)]))
            if (piece := piece_of(said, case.chat, case.checkpoint)) is not None:
                given[name] = (piece.token_ids[: piece.answer[1]], piece.answer[0])
    scores = await desk.scores(TRUE_TASK, given)
    return {name: -sum(one.logprobs) / len(one.logprobs) for name, one in scores.items() if one.logprobs}


def _of_reading(reading: Reading) -> str:
    calls = [{"name": one.name, "arguments": one.arguments or {}} for one in reading.tool_calls if one.fault is None]
    return _said(reading.answer, [{"function": call} for call in calls])


def _said(content: str, calls: Sequence[Mapping[str, object]]) -> str:
    """Return an answer as one text: its words, then its calls."""
    texts = []
    for call in calls:
        function = call.get("function")
        if isinstance(function, Mapping):
            arguments = function.get("arguments")
            ordered = dict(sorted(arguments.items())) if isinstance(arguments, Mapping) else arguments
            texts.append(call_text(function.get("name"), ordered))
    return " ".join([content.strip(), *texts]).strip()
