"""`lm-eval:TASK[,TASK...]` or `lm-eval:FILE.yaml` in, a Suite of our Samples out; groups and tags are several tasks.

lm-eval makes the requests, as it does under `apply_chat_template` with few-shot examples as turns: the conversation
(description, examples drawn with lm-eval's seed, the question), stop texts, limits and temperature, the continuations
whose likelihood is asked. Ours are the template, the asking and the storing. A sample is known by the hash that
lm-eval's logs call `doc_hash`; documents that are alike are told apart by their number among each other. The target
holds the document.

What would be another question here is refused by name, before anything is asked: rolling likelihoods, images and sound,
prompts without a conversation, generation that begins inside the assistant's turn, tasks that run a model's code. A
task's stop texts end a thought as well, as in lm-eval: the setting `stop=[]` lets a model think, and the answer behind
the thought is cut at them all the same. Repeats are answers of their own, each graded alone.
Does not know who will be asked. Source: lm-eval 0.4.13, `Task.build_all_requests`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sfteval.errors import ConfigurationError, DataError
from sfteval.identity import content_hash
from sfteval.scorers import build_scorer
from sfteval.scorers.lm_eval_scorer import LmEval, told_beside
from sfteval.scorers.lm_eval_tasks import FEWSHOT_SEED, doc_hash, lm_eval_version, load_tasks, quiet, resolved
from sfteval.suites.table import read_sampling
from sfteval.types import Continuation, LikelihoodSample, Message, Sample, Sampling, Suite, Task

PREFIX = "lm-eval:"
SCORER = "lm-eval"
MAX_TOKENS = 256  # lm-eval's default where a task does not say
LIMITS = ("max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens")  # lm-eval's order of precedence
WITHOUT_EFFECT = {"num_beams": 1, "num_return_sequences": 1, "min_p": 0.0, "repetition_penalty": 1.0, "top_k": 0}
LONGEST_NAME = 70
MARK = "\ue000"  # private use: a conversation that a task has made into another text is known by it


class Conversation(str):
    """What stands where lm-eval expects a rendered prompt: messages that are rendered later, by the checkpoint."""

    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One document's question."""

    sample: Sample
    sampling: Sampling
    until: tuple[str, ...] = ()


def load_lm_eval(argument: str, *, limit: int | None = None) -> Suite:
    """Return the suite of `lm-eval:...`; `limit` keeps the first so many documents of each task.

    Raises: ConfigurationError without lm-eval and for an unknown task; DataError for one that cannot be asked here.
    """
    specs = [resolved(spec.strip()) for spec in argument.removeprefix(PREFIX).split(",") if spec.strip()]
    if not specs:
        raise ConfigurationError(
            "--suite", expected="lm-eval:TASK", got=argument, next_move="Name a task or a YAML file"
        )
    tasks: list[Task] = []
    beside: list[str] = []
    for spec in specs:
        for name, theirs in load_tasks(spec).items():
            task, left_out = _task(spec, name, theirs, limit)
            tasks.append(task)
            beside.extend([f"{task.name}: {left_out}"] if left_out else [])
    about = "lm-eval's prompts through the checkpoint's chat template; answers without thought, graded by its code."
    return Suite(
        name=argument,
        version=lm_eval_version(),
        license="of each dataset",
        about=" ".join([about, *([f"Not compared: {'; '.join(beside)}."] if beside else [])]),
        tasks=tuple(tasks),
    )


def _task(spec: str, name: str, theirs: Any, limit: int | None) -> tuple[Task, str]:
    """Return a task with its samples, and which of its metrics are not compared."""
    where = f"{PREFIX}{name}"
    _refuse(theirs, where)
    with quiet():
        asked = _told_apart(tuple(_asked(theirs, name, where, limit)))
    if not asked:
        raise DataError(where, expected="at least one document", got="none", next_move="Ask for another task")
    sampling = {(one.sampling, one.until) for one in asked}
    if len(sampling) > 1:
        raise _cannot(where, "one way of sampling", f"{len(sampling)}, which differ from document to document")
    samples = tuple(one.sample for one in asked)
    task = Task(
        name=f"lm-eval.{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:LONGEST_NAME]}",
        scorer=SCORER,
        samples=samples,
        metrics=(),
        num_samples=max(1, int(theirs.config.repeats or 1)),
        sampling=asked[0].sampling,
        options={"spec": spec, "task": name, "until": list(asked[0].until)},
        data_sha256=content_hash([[one.id, one.content_hash, one.target] for one in samples]),
    )
    scorer = build_scorer(task)
    assert isinstance(scorer, LmEval)
    return replace(task, metrics=scorer.metrics, gating=scorer.metrics[:1]), told_beside(scorer.beside)


def _refuse(theirs: Any, where: str) -> None:
    if theirs.OUTPUT_TYPE == "loglikelihood_rolling":
        raise _cannot(where, "generation, likelihoods or multiple choice", "loglikelihood_rolling")
    if getattr(theirs, "MULTIMODAL", False):
        raise _cannot(where, "a task of text", "one with images or sound")
    if getattr(theirs, "UNSAFE_CODE", False):
        raise _cannot(where, "a task that does not run what a model writes", "one marked unsafe_code")


def _cannot(where: str, expected: str, got: str) -> DataError:
    return DataError(where, expected=expected, got=got, next_move="Ask lm-eval itself for this task")


# -- documents into samples --------------------------------------------------------------------------------------------


def _asked(theirs: Any, name: str, where: str, limit: int | None) -> Iterator[Asked]:
    """Yield the documents' questions in their order, for that decides which examples each of them gets."""
    theirs.set_fewshot_seed(FEWSHOT_SEED)
    for place, doc in theirs.doc_iterator(limit=limit):
        try:
            context = theirs.fewshot_context(
                doc,
                num_fewshot=theirs.config.num_fewshot or 0,
                apply_chat_template=True,
                fewshot_as_multiturn=True,
                chat_template=conversation,
                gen_prefix=theirs.doc_to_prefix(doc),
            )
            made = theirs.construct_requests(
                doc=doc,
                ctx=context,
                metadata=(name, place, 1),
                apply_chat_template=True,
                chat_template=conversation,
            )
        except Exception as error:  # the task's own code
            got = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise DataError(
                f"{where}, document {place + 1}", expected="a request", got=got, next_move="Mend the task or its data"
            ) from error
        instances = sorted(made if isinstance(made, list) else [made], key=lambda instance: int(instance.idx))
        yield _question(instances, doc, where)


def conversation(messages: Sequence[Mapping[str, str]], **_: object) -> Conversation:
    """Stand in for a chat template: keep the messages instead of rendering them."""
    kept = Conversation(MARK + "\n\n".join(message["content"] for message in messages))
    kept.messages = tuple(Message(message["role"], message["content"]) for message in messages)
    return kept


def _question(instances: Sequence[Any], doc: Any, where: str) -> Asked:
    kinds = {instance.request_type for instance in instances}
    contexts = [_messages(instance.args[0], where) for instance in instances]
    if kinds == {"loglikelihood"}:
        return Asked(_likelihood_sample(instances, contexts, doc, where), Sampling())
    if kinds != {"generate_until"} or len(instances) != 1:
        raise _cannot(where, "one kind of request a document", " and ".join(sorted(kinds)) or "none")
    if contexts[0][-1].role == "assistant":
        raise _cannot(where, "a question that the assistant answers from the beginning", "a gen_prefix to go on from")
    sampling, until = sampling_of(instances[0].args[1], where)
    return Asked(replace(_sample(contexts[0], doc, where), content_hash=_hash(contexts[0])), sampling, until)


def _likelihood_sample(
    instances: Sequence[Any], contexts: Sequence[tuple[Message, ...]], doc: Any, where: str
) -> LikelihoodSample:
    texts = [str(instance.args[1]) for instance in instances]
    plain = _sample(contexts[0], doc, where)
    asked = [[[message.as_dict() for message in context], text] for context, text in zip(contexts, texts, strict=True)]
    return LikelihoodSample(
        id=plain.id,
        messages=plain.messages,
        target=plain.target,
        metadata=plain.metadata,
        content_hash=content_hash(["likelihoods", asked]),
        continuations=tuple(Continuation(*pair) for pair in zip(contexts, texts, strict=True)),
    )


def _messages(context: Any, where: str) -> tuple[Message, ...]:
    """Return a request's conversation; a task that makes its prompt by itself asks it as one user turn."""
    if isinstance(context, Conversation):
        return context.messages
    if not isinstance(context, str) or not context.strip():
        raise _cannot(where, "a context before what is asked", "an empty one")
    if MARK in context:
        raise _cannot(where, "a prompt that the checkpoint's template renders", "one that the task changes afterwards")
    return (Message("user", context),)


def _sample(messages: tuple[Message, ...], doc: Any, where: str) -> Sample:
    known, kept = doc_hash(doc), _as_json(doc, where)
    return Sample(id=known[:16], messages=messages, target={"doc": kept}, metadata={"doc_hash": known})


def _as_json(doc: Any, where: str) -> Any:
    """Return a document as its JSON reads; one that JSON cannot hold would be graded as another."""
    try:
        kept = json.loads(json.dumps(doc, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        kept = None
    if kept != doc:
        raise _cannot(where, "documents of text, numbers, lists and objects", f"a {type(doc).__name__} of other things")
    return kept


def _hash(messages: Sequence[Message]) -> str:
    return content_hash([[message.as_dict() for message in messages], []])


def _told_apart(asked: Sequence[Asked]) -> tuple[Asked, ...]:
    """Give each of several equal documents an id of its own."""
    seen: Counter[str] = Counter()
    apart = []
    for one in asked:
        seen[one.sample.id] += 1
        times = seen[one.sample.id]
        name = one.sample.id if times == 1 else f"{one.sample.id}-{times}"
        apart.append(replace(one, sample=replace(one.sample, id=name)))
    return tuple(apart)


def sampling_of(words: Mapping[str, Any], where: str) -> tuple[Sampling, tuple[str, ...]]:
    """Return a task's `generation_kwargs` as our sampling, every value said, and its stop texts.

    Raises: DataError for a setting that would be another way of asking; ConfigurationError for a value out of range.
    """
    rest = dict(words)
    until = rest.pop("until", None) or ()
    until = tuple(str(stop) for stop in ([until] if isinstance(until, str) else until) if stop)
    limits = [value for name in LIMITS if (value := rest.pop(name, None)) is not None]
    do_sample, temperature = rest.pop("do_sample", None), rest.pop("temperature", None)
    said: dict[str, Any] = {"max_tokens": int(limits[0]) if limits else MAX_TOKENS, "stop": list(until)}
    drawn = 1.0 if do_sample else 0.0
    said["temperature"] = 0.0 if do_sample is False else drawn if temperature is None else float(temperature)
    said |= {name: rest.pop(name) for name in ("top_p", "top_k") if rest.get(name) is not None}
    for name, value in rest.items():
        if value is not None and WITHOUT_EFFECT.get(name) != value:
            raise _cannot(f"{where}, generation_kwargs", "settings of sampling that we know", f"{name} = {value!r}")
    return read_sampling(said, f"{where}, generation_kwargs"), until
