"""Questions of likelihood beside others: stored, resumed, shared, and refused before anything is asked."""

import asyncio
from dataclasses import replace

import pytest

from sfteval.asking import AskingPolicy, ask
from sfteval.asking.contexts import OwnContexts, pairs_of
from sfteval.asking.likelihood import AT_ONCE, with_likelihoods
from sfteval.backends.prompts import Prompts, question_of
from sfteval.backends.protocol import TokenLikelihood
from sfteval.chat import ChatFormat
from sfteval.errors import BackendError, ConfigurationError, RefusedError
from sfteval.generate import requests_of
from sfteval.progress import silent_progress
from sfteval.scorers.likelihoods import read_likelihoods
from sfteval.store import RunFolder
from sfteval.types import Continuation, LikelihoodSample, Sampling, Task
from tests.sfteval.scripted import ScriptedBackend, checkpoint, task
from tests.toys import assistant, toy_checkpoint, user


class Telling(ScriptedBackend):
    """Tells that each token is as likely as e^-id, and that even ones are the likeliest."""

    max_concurrency = 1
    concurrency = 1

    def __init__(self, chat: ChatFormat, say=lambda request: "4") -> None:
        super().__init__(say)
        self.chat, self._prompts = chat, Prompts(chat)
        self.told: list[list[int]] = []
        self.dies_after: int | None = None

    def questions(self, requests):
        return [question_of(self.name, self._prompts.outline(request), request) for request in requests]

    async def likelihoods(self, sequences):
        if self.dies_after is not None and len(self.told) >= self.dies_after:
            raise BackendError("scripted", expected="a server", got="none", next_move="Call again")
        self.told.extend(list(tokens) for tokens in sequences)
        return [[TokenLikelihood(-float(token), token % 2 == 0) for token in tokens[1:]] for tokens in sequences]


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    return ChatFormat.from_folder(toy_checkpoint(tmp_path_factory.mktemp("toy") / "toy"))


def choices(name: str, *texts: str, asked: str = "") -> LikelihoodSample:
    context = (user(asked or f"question {name}"),)
    return LikelihoodSample(
        name,
        context,
        content_hash=f"{name} {texts}",
        continuations=tuple(Continuation(context, text) for text in texts),
    )


def likelihood_task(*samples: LikelihoodSample, **fields) -> Task:
    return Task("choices", "lm-eval", samples, ("acc",), **fields)


def split(chat, sample):
    (request,) = requests_of(likelihood_task(sample), checkpoint(), 0)
    return asyncio.run(pairs_of(OwnContexts(chat), request, sample.continuations))


def asked(backend, folder, *tasks, **policy):
    requests = [request for one in tasks for request in requests_of(one, checkpoint(), 0)]
    with RunFolder(folder) as run:
        questions = asyncio.run(ask(backend, requests, run, silent_progress(), "a", AskingPolicy(**policy)))
    return questions


def stored(folder, name="choices"):
    return {answer.sample_id: answer for answer in RunFolder(folder).generations(name).values()}


def test_each_continuation_is_told_by_the_tokens_behind_its_context(tmp_path, chat):
    asked(Telling(chat), tmp_path, likelihood_task(choices("a", "B", "bd")))
    (answer,) = stored(tmp_path).values()
    # The generation prompt ends in a line's end: as in lm-eval, it counts with what follows.
    line, b, d = (chat.tokenizer.encode(letter)[0] for letter in ("\n", "B", "d"))
    small = chat.tokenizer.encode("b")[0]
    told = read_likelihoods(answer.text, 2)
    assert [one.logprob for one in told] == [-float(line + b), -float(line + small + d)]
    assert [one.is_greedy for one in told] == [
        all(token % 2 == 0 for token in tokens) for tokens in ((line, b), (line, small, d))
    ]
    assert answer.num_prompt_tokens == 2 * len(chat.prompt((user("question a"),)).token_ids) + 1 + 2


def test_the_context_is_the_served_prompt_and_white_space_before_the_continuation_belongs_to_it(chat):
    text = chat.prompt((user("Hello."),)).text
    ((before, after),) = split(chat, choices("a", " Yes", asked="Hello."))
    assert chat.tokenizer.decode(before) == text.rstrip()
    assert chat.tokenizer.decode(after) == "\n Yes"


def test_tokens_are_those_of_the_whole_text(tmp_path):
    template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    merged = ChatFormat.from_folder(toy_checkpoint(tmp_path / "toy", template=template, merges=[("a", "b")]))
    ((before, after),) = split(merged, choices("a", "b.", asked="Say a"))
    assert merged.tokenizer.decode(before) == "Say a"
    assert merged.tokenizer.decode(after) == "."  # as in lm-eval: of "Say ab." what stands behind five tokens


def test_a_conversation_that_ends_in_an_assistants_turn_is_gone_on_from(tmp_path, chat):
    begun = (user("Hello."), assistant("The answer is"))
    sample = LikelihoodSample("a", begun, content_hash="a", continuations=(Continuation(begun, " 4"),))
    backend = Telling(chat)
    asked(backend, tmp_path, likelihood_task(sample))
    assert chat.tokenizer.decode(backend.told[0]) == chat.prompt((user("Hello."),)).text + "The answer is 4"


def test_what_is_stored_is_never_asked_again(tmp_path, chat):
    samples = [choices(name, "x", "y") for name in "abc"]
    asked(Telling(chat), tmp_path, likelihood_task(*samples[:2]))
    again = Telling(chat)
    asked(again, tmp_path, likelihood_task(*samples[:2]))
    assert again.told == []
    again.max_concurrency = 4  # one question a unit; a unit of several is done again whole
    asked(again, tmp_path, likelihood_task(*samples))
    assert len(again.told) == 2  # the two continuations of "c"
    assert set(stored(tmp_path)) == {"a", "b", "c"}


def test_what_was_told_before_the_backend_died_is_kept(tmp_path, chat, monkeypatch):
    monkeypatch.setattr("sfteval.asking.likelihood.AT_ONCE", 4)
    samples = [choices(f"s{i}", "x", "y") for i in range(6)]
    backend = Telling(chat)
    backend.dies_after = 8
    with pytest.raises(BackendError):
        asked(backend, tmp_path, likelihood_task(*samples))
    assert len(stored(tmp_path)) == 4
    backend.dies_after, backend.told = None, []
    asked(backend, tmp_path, likelihood_task(*samples))
    assert (len(backend.told), len(stored(tmp_path))) == (4, 6)


def test_samples_and_repeats_that_ask_the_same_share_one_answer(tmp_path, chat):
    twins = [choices(name, "x", "y", asked="the same") for name in ("a", "b")]
    backend = Telling(chat)
    asked(backend, tmp_path, likelihood_task(*twins, num_samples=3))
    assert len(backend.told) == 2


def test_sampling_is_no_part_of_the_question(chat):
    cold = requests_of(likelihood_task(choices("a", "x")), checkpoint(), 0)
    warm = requests_of(likelihood_task(choices("a", "x"), sampling=Sampling(temperature=0.7)), checkpoint(), 5)
    one, other = (with_likelihoods(Telling(chat), requests).questions(requests) for requests in (cold, warm))
    assert one == other


def test_another_continuation_another_context_and_another_template_are_other_questions(chat):
    asked_of = [choices("a", "x"), choices("a", "y"), choices("a", "x", asked="other"), choices("a", "x", "y")]
    requests = requests_of(likelihood_task(*asked_of), checkpoint(), 0)
    (dressed,) = requests_of(likelihood_task(asked_of[0]), checkpoint(template_kwargs={"enable_thinking": False}), 0)
    requests.append(dressed)
    assert len(set(with_likelihoods(Telling(chat), requests).questions(requests))) == 5


def test_the_same_text_in_the_assistants_turn_and_behind_it_are_two_questions(chat):
    begun = (user("q"), assistant("ab"))
    sample = LikelihoodSample("a", begun, content_hash="a", continuations=(Continuation(begun, "c"),))
    other = replace(sample, continuations=(Continuation((user("q"), assistant("a")), "bc"),))
    requests = requests_of(likelihood_task(sample, other), checkpoint(), 0)
    assert len(set(with_likelihoods(Telling(chat), requests).questions(requests))) == 2


def test_both_kinds_are_asked_in_one_list_and_no_unit_mixes_them(tmp_path, chat):
    backend = Telling(chat)
    asked(backend, tmp_path, task(3), likelihood_task(choices("a", "x", "y")), task(2, name="more"))
    assert sorted(backend.asked) == ["s0", "s1", "s2"]  # the two tasks share s0 and s1
    assert len(stored(tmp_path)) == 1
    assert {answer.text for answer in stored(tmp_path, "sums").values()} == {"4"}


def test_units_hold_so_many_continuations_where_one_unit_is_worked_on_at_a_time(chat):
    many = [choices(f"s{i}", *"abcd") for i in range(40)]
    requests = requests_of(likelihood_task(*many), checkpoint(), 0)
    backend = Telling(chat)
    sizes = [len(unit) for unit in with_likelihoods(backend, requests).units(requests)]
    assert sizes == [AT_ONCE // 4, AT_ONCE // 4, 40 - 2 * (AT_ONCE // 4)]
    backend.max_concurrency = 4
    units = with_likelihoods(backend, requests).units(requests)
    assert sorted(units) == [(place,) for place in range(40)]


def test_a_backend_without_questions_of_likelihood_is_left_as_it_is(chat):
    backend = ScriptedBackend(lambda request: "4")
    assert with_likelihoods(backend, requests_of(task(2), checkpoint(), 0)) is backend


def test_a_backend_that_cannot_tell_is_refused_before_anything_is_asked(tmp_path):
    backend = ScriptedBackend(lambda request: "4")
    with pytest.raises(
        ConfigurationError,
        match='task "choices": expected a backend that tells how likely given answers are, got "scripted"',
    ):
        asked(backend, tmp_path, task(3), likelihood_task(choices("a", "x", "y")))
    assert backend.asked == []


def test_a_question_that_is_too_long_is_an_error_and_costs_no_other_anything(tmp_path, chat):
    class Small(Telling):
        async def likelihoods(self, sequences):
            if max(map(len, sequences)) > 60:
                raise RefusedError("scripted", expected="60 tokens", got="more", next_move="Cut it")
            return await super().likelihoods(sequences)

    asked(Small(chat), tmp_path, likelihood_task(choices("a", "x"), choices("b", "y" * 60), choices("c", "z")))
    assert set(stored(tmp_path)) == {"a", "c"}
    (error,) = RunFolder(tmp_path).errors("choices").values()
    assert (error.sample_id, error.error) == ("b", "scripted: expected 60 tokens, got more. Cut it.")


def test_a_prompt_that_opens_a_thought_is_refused(tmp_path):
    template = "{% for m in messages %}{{ m.content }}{% endfor %}<|im_start|>assistant\n<think>\n"
    opening = ChatFormat.from_folder(toy_checkpoint(tmp_path / "toy", template=template))
    with pytest.raises(
        ConfigurationError, match="expected a prompt behind which the answer begins, got one that opens"
    ):
        asked(Telling(opening), tmp_path / "run", likelihood_task(choices("a", "x")))
