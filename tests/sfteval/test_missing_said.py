"""What a comparison says of answers that are missing: how many on each side, and which ones a server refused."""

from dataclasses import replace

from sfteval.backends.transformers.positions import beyond
from sfteval.compare import compare
from sfteval.provenance import with_context
from sfteval.types import Outcome, Run
from tests.sfteval.scripted import run_of

REFUSED = "http://127.0.0.1:9/v1: expected an answer, got HTTP 400: maximum context length is 1024 tokens."
SILENT = "http://127.0.0.1:9/v1: expected an answer, got HTTP 503: busy."


def missing(name: str, *errors: str) -> Run:
    """Return a run of six prompts whose first answers are these errors."""
    run = run_of([*[Outcome.ERROR] * len(errors), *[1.0] * (6 - len(errors))], name)
    (only,) = run.tasks
    scores = [replace(score, detail={"error": error}) for score, error in zip(only.scores, errors, strict=False)]
    return replace(run, tasks=(replace(only, scores=(*scores, *only.scores[len(scores) :])),))


def said(a: Run, b: Run) -> list[str]:
    told = with_context(compare(a, b), (), command="", seed=0, limit=None)
    return [warning for warning in told.warnings if "missing" in warning]


def test_how_many_answers_are_missing_is_said():
    assert said(missing("a", SILENT), missing("b")) == [
        "sums: answers that are missing, and left out: 1 of A, 0 of B"
    ]  # fmt: skip


def test_those_that_a_server_refused_are_told_from_the_rest():
    assert said(missing("a", REFUSED, SILENT), missing("b", REFUSED)) == [
        "sums: answers that are missing, and left out: 2 of A, 1 of B; "
        "HTTP 400 for 2 of them, as for a prompt beyond the model's context"
    ]


def test_prompts_beyond_the_context_of_a_model_in_this_process_are_told_too():
    refused = str(beyond("ckpt", 5_000, 4_096))
    assert said(missing("a", refused, SILENT), missing("b", REFUSED)) == [
        "sums: answers that are missing, and left out: 2 of A, 1 of B; "
        "HTTP 400 for 1 of them, as for a prompt beyond the model's context; "
        "1 of them are to prompts beyond the model's context"
    ]


def test_where_none_is_missing_nothing_is_said():
    assert said(missing("a"), missing("b")) == []
