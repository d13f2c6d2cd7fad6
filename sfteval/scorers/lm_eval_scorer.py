"""A task of lm-eval graded by lm-eval's own code: its filters, then its `process_results`, one answer at a time.

Options: `spec` (a task's name or a YAML file), `task` (which of its tasks) and `until` (stop texts, at which an answer
is cut as lm-eval cuts it). What is graded is the answer as our reading has it, without its thought; of a likelihood
sample, what the backend told of its continuations. The target holds the document.

Metrics bear lm-eval's names, `metric,filter` where a task has several pipelines of filters. Compared are those that are
one number for each document and of which more is better. The others are kept beside in the detail where they are
numbers, and named in the suite's description: a table that reads less as worse must not show a perplexity. Pipelines
that join several answers (a majority vote) are left out: each answer is graded alone here.
Does not know the model. The task's code and its patterns are its author's, and run unbounded.
Source: lm-eval 0.4.13, `evaluator.py`, which grades the same way.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sfteval.errors import DataError, SftevalError
from sfteval.scorers.extraction import check_options
from sfteval.scorers.likelihoods import Likelihood, read_likelihoods
from sfteval.scorers.lm_eval_tasks import filter_names, graded, hush, load_tasks
from sfteval.types import Graded, LikelihoodSample, Reading, Sample, Task

SHOWN = 300  # characters of a filtered answer
TRIED = "7"  # an answer to try the task's code with


@dataclass(frozen=True, slots=True)
class LmEval:
    """Grades as lm-eval does."""

    metrics: tuple[str, ...]  # compared
    beside: Mapping[str, str]  # metrics that are not, and why
    task: Any  # lm-eval's
    pipelines: Mapping[str, str]  # names of filters, and what stands behind a metric's name
    until: tuple[str, ...]

    def grade(self, sample: Sample, reading: Reading) -> Graded:
        """Return the task's metrics; None for all of them where its code fails on this answer."""
        detail: dict[str, Any] = {}
        try:
            answers = self._answers(sample, reading, detail)
            values = self._values(sample, answers, detail)
        except SftevalError as error:
            values, detail["error"] = {}, str(error)
        except Exception as error:  # whatever the task's own code raises on a text that it did not expect
            values, detail["error"] = {}, f"the task's code: {type(error).__name__}: {error}"[:SHOWN]
        beside = {name: value for name in self.beside if (value := values.get(name)) is not None}
        return Graded(
            {name: values.get(name) for name in self.metrics}, detail | ({"beside": beside} if beside else {})
        )

    def _answers(self, sample: Sample, reading: Reading, detail: dict[str, Any]) -> list[Any]:
        if not isinstance(sample, LikelihoodSample):
            return [cut(reading.answer, self.until)]
        told = read_likelihoods(reading.answer, len(sample.continuations))
        detail["choices"] = [
            {"text": choice.text, "logprob": _finite(one.logprob), "is_greedy": one.is_greedy}
            for choice, one in zip(sample.continuations, told, strict=True)
        ]
        return [self._heeded(one) for one in told]

    def _heeded(self, told: Likelihood) -> tuple[float, bool]:
        """Return a likelihood as lm-eval has it; whether it is greedy may be unknown only where nobody looks at it."""
        if told.is_greedy is None and (self.task.OUTPUT_TYPE == "loglikelihood" or "exact_match" in self.metrics):
            raise DataError(
                "likelihood",
                expected="whether each token is the likeliest",
                got="a server that does not say",
                next_move="Serve the model with vLLM, or ask the checkpoint's folder",
            )
        return told.logprob, bool(told.is_greedy)

    def _values(self, sample: Sample, answers: Sequence[Any], detail: dict[str, Any]) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        for pipeline, behind in self.pipelines.items():
            found, filtered = graded(self.task, copy.deepcopy(sample.target["doc"]), answers, pipeline)
            values |= {f"{name}{behind}": number(value) for name, value in found.items()}
            if not isinstance(sample, LikelihoodSample):
                detail.setdefault("filtered", {})[pipeline] = str(filtered[0])[:SHOWN]
        if not isinstance(sample, LikelihoodSample):
            detail["target"] = str(self.task.doc_to_target(copy.deepcopy(sample.target["doc"])))[:SHOWN]
        return values


def build(task: Task) -> LmEval:
    """Load the task and try its code on its first document, so that the names of its metrics are known.

    Raises: DataError for options that are not those of a suite made by `lm-eval:TASK`, and a task without a metric.
    """
    check_options(task, "spec", "task", "until")
    _check_targets(task)
    spec, name = task.options.get("spec"), task.options.get("task")
    if not isinstance(spec, str) or not isinstance(name, str):
        raise DataError(
            f'task "{task.name}", options',
            expected='"spec" and "task"',
            got=repr(dict(task.options))[:80],
            next_move="Ask for --suite lm-eval:TASK, which sets them",
        )
    theirs = load_tasks(spec)[name]
    hush()
    alone, joining = filter_names(theirs)
    pipelines = {pipeline: f",{pipeline}" if len(alone) + len(joining) > 1 else "" for pipeline in alone}
    first = task.samples[0] if task.samples else None
    compared, beside = sorted_metrics(theirs, pipelines, first)
    beside |= {pipeline: "joins several answers" for pipeline in joining}
    if not compared:
        raise DataError(
            f"lm-eval:{name}",
            expected="a metric that is a number for each document and of which more is better",
            got=told_beside(beside) or "none",
            next_move="Ask for another task: this one cannot be compared document by document",
        )
    until = tuple(str(text) for text in task.options.get("until", ()))
    return LmEval(compared, beside, theirs, pipelines, until)


def _check_targets(task: Task) -> None:
    for sample in task.samples:
        if not isinstance(sample.target, Mapping) or "doc" not in sample.target:
            raise DataError(
                f'task "{task.name}", sample "{sample.id}", target',
                expected='{"doc": ...} as --suite lm-eval:TASK writes it',
                got=repr(sample.target)[:80],
                next_move="Ask for --suite lm-eval:TASK",
            )


def sorted_metrics(
    theirs: Any, pipelines: Mapping[str, str], sample: Sample | None
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the names of the metrics to compare, and the others with the reason why they are not."""
    better = dict(theirs.higher_is_better())
    compared, beside = [], {}
    for pipeline, behind in pipelines.items():
        tried = _tried(theirs, pipeline, sample)
        for name, value in (tried or dict.fromkeys(better, 0.0)).items():
            if number(value) is None:
                beside[f"{name}{behind}"] = "not a number for each document"
            elif better.get(name) is not True:
                beside[f"{name}{behind}"] = (
                    "less is better" if better.get(name) is False else "its direction is not said"
                )
            else:
                compared.append(f"{name}{behind}")
    return tuple(compared), beside


def _tried(theirs: Any, pipeline: str, sample: Sample | None) -> dict[str, Any]:
    """Return what the task's code makes of a made-up answer; {}: it cannot make anything of it."""
    if sample is None:
        return {}
    made_up: list[Any] = [TRIED]
    if isinstance(sample, LikelihoodSample):
        made_up = [(-1.0 - place, place == 0) for place in range(len(sample.continuations))]
    try:
        return graded(theirs, copy.deepcopy(sample.target["doc"]), made_up, pipeline)[0]
    except Exception:  # the task's own code, on a text that it did not expect: then its declared names have to do
        return {}


def told_beside(beside: Mapping[str, str]) -> str:
    """Return which metrics are not compared and why, as one phrase; "": all of them are."""
    return ", ".join(f"{name} ({why})" for name, why in beside.items())


def cut(answer: str, until: Sequence[str]) -> str:
    """Return the answer up to the first of its stop texts, as lm-eval hands it to a task."""
    for stop in until:
        if stop:
            answer = answer.split(stop, 1)[0]
    return answer


def number(value: Any) -> float | None:
    """Return a metric's value as a number; None: it is none, or not finite."""
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    return _finite(float(value)) if isinstance(value, bool | int | float) else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
