"""The embedded backend: the same tokens as a plain loop would draw, whatever the batch."""

import asyncio
import json
import shutil
from types import SimpleNamespace

import pytest

from sfteval.backends import Serving, open_backend
from sfteval.backends.opening import kind_of
from sfteval.backends.protocol import REFUSED
from sfteval.backends.transformers import loading, open_transformers
from sfteval.backends.transformers.positions import num_positions
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import CheckpointError, ConfigurationError
from sfteval.generate import requests_of
from sfteval.identity import content_hash
from sfteval.types import Message, Sample, Sampling, Task
from tests.toys import toy_checkpoint

torch = pytest.importorskip("torch", reason="the embedded backend needs torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy_checkpoint(tmp_path_factory.mktemp("toy") / "toy")


def asked(num=6, temperature=0.0, num_samples=1, **sampling):
    samples = tuple(
        Sample(f"s{i}", (Message("user", "word " * (i + 1)),), content_hash=content_hash(i)) for i in range(num)
    )
    drawn = Sampling(temperature=temperature, max_tokens=12, **sampling)
    return Task("t", "answered", samples, ("answered",), sampling=drawn, num_samples=num_samples)


def answers(folder, task, *, alone=False, seed=0):
    async def go():
        checkpoint = resolve_checkpoint(str(folder))
        async with open_backend(checkpoint) as backend:
            await backend.ready()
            requests = requests_of(task, checkpoint, seed)
            units = [(i,) for i in range(len(requests))] if alone else backend.units(requests)
            found = {}
            for unit in units:
                for place, answer in zip(unit, await backend.answer([requests[i] for i in unit]), strict=True):
                    found[place] = answer
            return [found[i] for i in range(len(requests))]

    return asyncio.run(go())


def test_greedy_answers_do_not_depend_on_the_batch(folder):
    batched, alone = answers(folder, asked()), answers(folder, asked(), alone=True)
    assert [a.token_ids for a in batched] == [a.token_ids for a in alone]
    assert [a.text for a in batched] == [a.text for a in alone]


def test_greedy_answers_equal_the_argmax_of_the_model(folder):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    (answer,) = answers(folder, asked(1))
    ids = list(answer.prompt_token_ids)
    with torch.no_grad():
        for token in answer.token_ids:
            assert token == int(model(torch.tensor([ids])).logits[0, -1].argmax())
            ids.append(token)


def test_the_prompt_ids_are_those_of_the_chat_template(folder):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    for answer, sample in zip(answers(folder, asked(3)), asked(3).samples, strict=True):
        messages = [message.as_dict() for message in sample.messages]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=True, return_dict=True)[
            "input_ids"
        ]
        assert answer.prompt_token_ids == tuple(ids)
        assert answer.num_prompt_tokens == len(ids)


def test_drawn_answers_belong_to_their_seed_and_not_to_the_batch(folder):
    task = asked(temperature=1.0)
    batched, alone = answers(folder, task), answers(folder, task, alone=True)
    assert [a.token_ids for a in batched] == [a.token_ids for a in alone]
    assert [a.token_ids for a in batched] != [a.token_ids for a in answers(folder, task, seed=1)]
    assert [a.token_ids for a in batched] != [a.token_ids for a in answers(folder, asked())]


def test_samples_of_one_prompt_differ(folder):
    first, second = answers(folder, asked(1, temperature=1.0, num_samples=2))
    assert first.token_ids != second.token_ids
    assert (first.sample_index, second.sample_index) == (0, 1)


def test_a_tiny_nucleus_is_greedy(folder):
    drawn = answers(folder, asked(temperature=1.0, top_p=1e-6))
    assert [a.token_ids for a in drawn] == [a.token_ids for a in answers(folder, asked())]
    drawn = answers(folder, asked(temperature=1.0, top_k=1))
    assert [a.token_ids for a in drawn] == [a.token_ids for a in answers(folder, asked())]


def test_drawing_follows_the_models_probabilities():
    from sfteval.backends.transformers.drawing import drawing

    logits = torch.log(torch.tensor([[0.7, 0.2, 0.1]])).repeat(4000, 1)
    (draw,) = drawing(range(4000), Sampling(temperature=1.0))
    counts = torch.bincount(draw(None, logits).argmax(dim=-1), minlength=3) / 4000
    assert torch.allclose(counts, torch.tensor([0.7, 0.2, 0.1]), atol=0.03)


def test_a_cut_answer_is_marked_as_cut(folder):
    assert {answer.finish_reason for answer in answers(folder, asked())} <= {"length", "stop"}
    assert all(len(a.token_ids) == 12 for a in answers(folder, asked()) if a.finish_reason == "length")


def test_units_are_a_pure_function_of_the_whole_list(folder):
    async def go():
        checkpoint = resolve_checkpoint(str(folder))
        async with open_backend(checkpoint) as backend:
            requests = requests_of(asked(400), checkpoint, 0)
            return backend.units(requests), backend.units(requests)

    one, two = asyncio.run(go())
    assert one == two
    assert sorted(place for unit in one for place in unit) == list(range(400))
    assert max(map(len, one)) <= 160


def test_weights_of_another_shape_are_one_sentence(folder, tmp_path):
    import json
    import shutil

    shutil.copytree(folder, tmp_path / "odd")
    config = json.loads((tmp_path / "odd" / "config.json").read_text())
    (tmp_path / "odd" / "config.json").write_text(json.dumps({**config, "model_type": "nothing-known"}))
    with pytest.raises(CheckpointError) as error:
        answers(tmp_path / "odd", asked(1))
    assert "weights that transformers loads" in str(error.value)


def test_an_unknown_backend_names_the_nearest(folder):
    with pytest.raises(ConfigurationError) as error:
        kind_of(resolve_checkpoint(str(folder)), "transformer", Serving())
    assert 'Did you mean "transformers"?' in str(error.value)


def test_a_backend_that_cannot_ask_this_checkpoint_is_refused(folder):
    with pytest.raises(ConfigurationError) as error:
        kind_of(resolve_checkpoint(str(folder)), "endpoint", Serving())
    assert "expected vllm or transformers for" in str(error.value)


def test_what_generation_config_adds_never_changes_an_answer(folder, tmp_path):
    plain = answers(folder, asked(3))
    shutil.copytree(folder, tmp_path / "penalised")
    path = tmp_path / "penalised" / "generation_config.json"
    settings = json.loads(path.read_text()) | {"repetition_penalty": 5.0, "do_sample": True, "temperature": 2.0}
    path.write_text(json.dumps(settings))
    assert [a.token_ids for a in answers(tmp_path / "penalised", asked(3))] == [a.token_ids for a in plain]


# -- in which arithmetic -----------------------------------------------------------------------------------------------


def test_answers_of_a_cpu_do_not_stand_for_those_of_a_gpu(folder, monkeypatch):
    checkpoint = resolve_checkpoint(str(folder))
    requests = requests_of(asked(2), checkpoint, 0)
    on_cpu = open_transformers(checkpoint).questions(requests)
    assert open_transformers(checkpoint).questions(requests) == on_cpu
    monkeypatch.setattr(loading, "computes_on", lambda: "cuda")
    assert loading.arithmetic() == "transformers cuda auto"
    assert not set(open_transformers(checkpoint).questions(requests)) & set(on_cpu)


def test_without_a_driver_it_is_a_cpu_and_torch_is_not_asked(monkeypatch):
    loading.computes_on.cache_clear()
    monkeypatch.setattr(loading, "has_driver", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: pytest.fail("asked"))
    assert loading.arithmetic() == "transformers cpu float32"
    loading.computes_on.cache_clear()


@pytest.mark.parametrize("available", [True, False])
def test_with_a_driver_torch_says_whether_it_is_of_use(monkeypatch, available):
    loading.computes_on.cache_clear()
    monkeypatch.setattr(loading, "has_driver", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert loading.computes_on() == ("cuda" if available else "cpu")
    loading.computes_on.cache_clear()


def test_what_the_hash_says_is_what_is_computed(folder):
    backend = open_transformers(resolve_checkpoint(str(folder)))
    assert backend.description() is None
    asyncio.run(backend.ready())
    described = backend.description()
    assert described["arithmetic"] == f"transformers {described['device']} {loading.DTYPES[described['device']]}"
    assert str(next(backend.model.parameters()).dtype) == "torch.float32"


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A toy with so few positions that prompts of a dozen words leave none."""
    folder = toy_checkpoint(tmp_path_factory.mktemp("short") / "toy")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 48}))
    return folder


def test_a_prompt_beyond_the_models_context_is_refused_and_its_neighbours_are_not(short):
    found = answers(short, asked(40))
    fits = [answer.num_prompt_tokens < 48 for answer in found if answer.finish_reason != "error"]
    refused = [answer for answer in found if answer.finish_reason == "error"]
    assert all(fits)
    assert 0 < len(refused) < 40
    assert {answer.stop_reason for answer in refused} == {REFUSED}
    assert all("expected a prompt within the model's context of 48 tokens, got " in a.error for a in refused)
    alone = answers(short, asked(40), alone=True)
    assert [(a.text, a.error) for a in found] == [(a.text, a.error) for a in alone]


def test_an_answer_ends_at_the_models_last_position(short):
    found = [answer for answer in answers(short, asked(40)) if answer.finish_reason != "error"]
    room = [min(12, 48 - answer.num_prompt_tokens) for answer in found]
    assert min(room) < 12
    assert all(answer.num_tokens <= left for answer, left in zip(found, room, strict=True))
    cut = [answer for answer, left in zip(found, room, strict=True) if answer.num_tokens == left < 12]
    assert cut
    assert {answer.finish_reason for answer in cut} == {"length"}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"max_position_embeddings": 40_960}, 40_960),
        ({"max_position_embeddings": 40_960, "rope_scaling": {"rope_type": "default"}}, 40_960),
        (
            {
                "max_position_embeddings": 40_960,
                "rope_parameters": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32_768},
            },
            131_072,
        ),
        ({"max_position_embeddings": 2_048, "rope_scaling": {"type": "linear", "factor": 2}}, 4_096),
        ({"max_position_embeddings": 131_072, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, 131_072),
        ({}, None),
    ],
)
def test_stretched_positions_count_as_often_as_they_are_stretched(config, expected):
    text = SimpleNamespace(**config)
    model = SimpleNamespace(config=SimpleNamespace(get_text_config=lambda: text))
    assert num_positions(model) == expected
