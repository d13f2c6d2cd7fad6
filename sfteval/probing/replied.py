"""Replies to prompts that look like nothing in the training data, thinking on, off and not mentioned: for format leak.

Greetings, one-word answers, sums, code, other languages, facts. Thinking is switched only where the template reads
`enable_thinking`, and not switched on for a checkpoint that was trained with it off, which has nothing to think with.
What training answers begin with, and the keys of their JSON, come from the training rows. Greedy. Knows no rates.
Source: research on probes, A3-P6.
"""

from collections import Counter
from collections.abc import Iterator

from sfteval.jsontext.strict import StrictReader
from sfteval.probes import format_leak
from sfteval.probes.leaks import openers_of
from sfteval.probing.desk import Desk
from sfteval.probing.inquiry import Told
from sfteval.probing.language import lines_of
from sfteval.probing.material import Case
from sfteval.probing.questions import asked
from sfteval.probing.rows import sees_reasoning
from sfteval.types import Generation, Message, ProbeDifference, ProbeResult, Reply, Request, Sampling, ThinkFlag

TASK = "leak_prompts"
SWITCH = "enable_thinking"
MOST_TOKENS, MOST_TOKENS_THINKING = 256, 1024
MIN_KEY_ROWS, KEY_SHARE = 2, 0.10  # of JSON answers that have a key, for it to be the schema's
MAX_ANSWERS = 20_000


def leak_prompts() -> dict[str, str]:
    """Return our own prompts by id, `<kind>-<number>`."""
    rows = [line.split("\t", 1) for line in lines_of("leak_prompts.txt")]
    return {f"{kind}-{number:02}": prompt for number, (kind, prompt) in enumerate(rows)}


async def ask(desk: Desk, case: Case, of_base: tuple[Reply, ...] | None) -> tuple[Reply, ...]:
    """Return the replies to every prompt under every flag."""
    requests = {request.sample.id: request for request in _requests(case)}
    answers = await desk.answers(TASK, list(requests.values()))
    return tuple(_reply(answer, requests[answer.sample_id]) for answer in answers)


def flags_of(case: Case) -> tuple[ThinkFlag, ...]:
    """Return how thinking can be switched."""
    if case.chat is None or SWITCH not in case.chat.template.variables():
        return ("none",)
    trained = case.checkpoint.template_kwargs.get(SWITCH)
    return ("off", "none") if trained is False else ("on", "off", "none")


def result(told: Told) -> ProbeResult:
    """Return the verdict; where a model left prompts without an answer, of those that both answered."""
    own, base = told.own, told.base or ()
    if base:
        own, base = _shared(own, base)
    texts = _texts(told.case)
    return format_leak.probe(own, base, openers=openers_of(texts), keys=keys_of(texts), who=told.case.who)


def difference(a: Told, b: Told) -> ProbeDifference:
    """Return the difference over prompts and flags that both sides have; marks are those of A's training data."""
    own, other = _shared(a.own, b.own)
    texts = _texts(a.case)
    return format_leak.compare(own, other, openers=openers_of(texts), keys=keys_of(texts))


def why_not(case: Case) -> str:
    """Return why nothing can be said; "": something can."""
    known = case.base is not None or case.learned
    reason = "neither its training data nor its base model is known; give --train FILE or --base CHECKPOINT"
    return "" if known else reason


def keys_of(texts: list[str]) -> frozenset[str]:
    """Return the keys that a tenth of the JSON answers have, and at least two of them."""
    counts, num = Counter[str](), 0
    for text in texts:
        stripped = text.strip()
        if stripped.startswith("{"):
            found = StrictReader().read(stripped, 0, len(stripped))
            if found.problem is None and isinstance(found.value, dict):
                counts.update(found.value)
                num += 1
    return frozenset(key for key, count in counts.items() if count >= max(MIN_KEY_ROWS, KEY_SHARE * num))


def _requests(case: Case) -> Iterator[Request]:
    limit = MOST_TOKENS_THINKING if sees_reasoning(case.checkpoint) else MOST_TOKENS
    others = {key: value for key, value in case.checkpoint.template_kwargs.items() if key != SWITCH}
    switched = {"on": {SWITCH: True}, "off": {SWITCH: False}, "none": {}}
    for flag in flags_of(case):
        for name, prompt in leak_prompts().items():
            kwargs = {**others, **switched[flag]}
            yield asked(case, f"{name}/{flag}", [Message("user", prompt)], Sampling(max_tokens=limit), kwargs=kwargs)


def _reply(answer: Generation, request: Request) -> Reply:
    flag: ThinkFlag = next(one for one in ("on", "off", "none") if answer.sample_id.endswith(f"/{one}"))
    return Reply(
        id=answer.sample_id,
        prompt=request.sample.prompt,
        flag=flag,
        text=answer.text,
        is_cut=answer.finish_reason == "length",
        think_prefilled=answer.think_prefilled,
    )


def _shared(a: tuple[Reply, ...], b: tuple[Reply, ...]) -> tuple[tuple[Reply, ...], tuple[Reply, ...]]:
    ids = {one.id for one in a} & {one.id for one in b}
    first, second = (tuple(one for one in side if one.id in ids) for side in (a, b))
    return first, second


def _texts(case: Case) -> list[str]:
    return [row.answer.content for row in list(case.learned.values())[:MAX_ANSWERS]]
