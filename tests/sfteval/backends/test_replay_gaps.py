"""What a stored run was never asked, and what it answered beside what is asked now: told from what transport lost.

Run: pytest tests/sfteval/backends/test_replay_gaps.py
"""

from dataclasses import replace

import pytest

from sfteval.backends.replay import StoredRun
from sfteval.generate import with_gaps
from sfteval.store import RunFolder
from sfteval.types import Generation, Outcome, Score, TaskRun
from tests.sfteval.scripted import ScriptedBackend, task

OF = task(4)


@pytest.fixture
def stored(tmp_path):
    """A run that was asked the samples of `OF`: two answers to each, but s3 was lost."""
    with RunFolder(tmp_path) as folder:
        answers = [
            Generation("sums", sample.id, index, f"{sample.id} {index}", "4", "stop", content_hash=sample.content_hash)
            for sample in OF.samples[:3]
            for index in range(2)
        ]
        folder.append(answers)
        lost = [Score("s3", index, Outcome.ERROR, {"accuracy": None}) for index in range(2)]
        folder.write_scores("sums", [Score(a.sample_id, a.sample_index, Outcome.OK, {}) for a in answers] + lost)
        folder.write_questions("sums", [answer.question for answer in answers] + ["s3 0", "s3 1"])
    return StoredRun(tmp_path)


def changed(**contents):
    """Return the task with other contents under the same ids."""
    samples = (replace(s, content_hash=contents.get(s.id, s.content_hash)) for s in OF.samples)
    return replace(OF, samples=tuple(samples))


def test_what_was_asked_and_lost_is_not_absent(stored):
    assert stored.absent(replace(OF, num_samples=2)) == frozenset()
    assert stored.unasked(OF) == ()


def test_a_prompt_with_another_content_was_never_asked_and_its_old_one_is_not_asked_now(stored):
    assert stored.absent(changed(s1="new")) == {("s1", 0)}
    assert stored.unasked(changed(s1="new")) == ("s1",)


def test_a_prompt_that_is_new_was_never_asked_and_one_that_is_gone_is_not_asked_now(stored):
    fresh = replace(OF.samples[0], id="fresh", content_hash="fresh")
    now = replace(OF, samples=(*OF.samples[1:], fresh))
    assert (stored.absent(now), stored.unasked(now)) == ({("fresh", 0)}, ("s0",))


def test_answers_beyond_those_that_were_drawn_were_never_asked_for(stored):
    assert stored.absent(replace(OF, num_samples=3)) == {(f"s{i}", 2) for i in range(4)}


def test_an_id_that_changed_alone_is_the_same_question(stored):
    renamed = replace(OF, samples=tuple(replace(s, id=f"new {s.id}") for s in OF.samples[:3]))
    assert (stored.absent(renamed), stored.unasked(renamed)) == (frozenset(), ())


def test_only_a_stored_run_has_gaps_and_only_of_the_whole_is_the_rest_named(stored):
    run = TaskRun(changed(s1="new"), (), (), ())
    assert with_gaps((run,), ScriptedBackend(lambda request: "4"), whole=True) == (run,)
    assert [one.unasked for whole in (True, False) for one in with_gaps((run,), stored, whole=whole)] == [("s1",), ()]
    assert with_gaps((run,), stored, whole=False)[0].absent == {("s1", 0)}


def test_of_a_conversation_only_the_first_turn_is_a_question_of_the_task(stored):
    run = TaskRun(replace(changed(s1="new"), scorer="agent"), (), (), ())
    (told,) = with_gaps((run,), stored, whole=True)
    assert (told.absent, told.unasked) == ({("s1", 0)}, ())
