"""Who shares a server, and when it is started and stopped."""

import asyncio
import json
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from sfteval.backends.vllm import fleet as room
from sfteval.backends.vllm.fleet import open_fleet
from sfteval.backends.vllm.machine import GIB, Gpu
from sfteval.checkpoints import resolve_checkpoint, with_overrides
from sfteval.errors import BackendError
from sfteval.generate import requests_of
from tests.sfteval.backends.vllm.faking import task
from tests.toys import toy_checkpoint

pytestmark = pytest.mark.slow  # processes that start, die and are waited for

CHAT_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")


def adapter(base, folder, rank=4, *, chat=True):
    """Write what looks like an adapter of `base`: the fake does not read its weights."""
    import numpy as np
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    save_file({"a": np.full(4, rank, np.float32)}, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(base), "r": rank}))
    for name in CHAT_FILES if chat else ():
        shutil.copy(base / name, folder / name)
    return folder


def with_fleet(fake, folders, work, **settings):
    async def go():
        checkpoints = [with_overrides(resolve_checkpoint(str(folder)), settings.get(str(folder), {}))
                       for folder in folders]  # fmt: skip
        async with open_fleet(checkpoints, fake.serving) as fleet:
            return await work(fleet, checkpoints)

    return asyncio.run(go())


async def said(backend, checkpoint):
    await backend.ready()
    (answer,) = await backend.answer(requests_of(task(1), checkpoint, 0))
    assert answer.verified
    return answer.text.split()[-2]


async def ask_in_turn(fleet, checkpoints):
    texts = []
    for checkpoint in checkpoints:
        async with fleet.backend(checkpoint) as backend:
            texts.append(await said(backend, checkpoint))
    return texts


def test_two_adapters_of_one_base_share_a_server_and_answer_under_their_own_names(fake, toy, tmp_path):
    folders = [adapter(toy, tmp_path / "a", 4), adapter(toy, tmp_path / "b", 9)]
    first, second = with_fleet(fake, folders, ask_in_turn)
    assert first != second
    (start,) = fake.rows("starts")
    words = start["argv"]
    modules = [json.loads(word) for word in words[words.index("--lora-modules") + 1 :][:2]]
    assert [module["name"] for module in modules] == [first, second]
    assert [module["path"] for module in modules] == [str(folder) for folder in folders]
    assert words[words.index("--max-lora-rank") + 1] == "16"
    assert words[words.index("--model") + 1] == str(toy)


def test_a_base_and_its_adapter_share_a_server(fake, toy, tmp_path):
    names = with_fleet(fake, [toy, adapter(toy, tmp_path / "a", chat=False)], ask_in_turn)
    assert len(set(names)) == 2
    assert len(fake.rows("starts")) == 1


def test_an_adapter_that_speaks_otherwise_has_a_server_of_its_own_and_its_template(fake, toy, tmp_path):
    own = adapter(toy, tmp_path / "own")
    (own / "chat_template.jinja").write_text("own " + (own / "chat_template.jinja").read_text())
    with_fleet(fake, [adapter(toy, tmp_path / "plain", 5), own], ask_in_turn)
    first, second = (start["argv"] for start in fake.rows("starts"))
    assert "--chat-template" not in first
    template = Path(second[second.index("--chat-template") + 1])
    assert template.read_text() == (own / "chat_template.jinja").read_text()


def test_an_adapter_with_a_tokenizer_of_its_own_is_served_with_it(fake, toy, tmp_path):
    other = toy_checkpoint(tmp_path / "other", merges=[("S", "a")])
    own = adapter(toy, tmp_path / "own")
    shutil.copy(other / "tokenizer.json", own / "tokenizer.json")
    with_fleet(fake, [own, toy], ask_in_turn)
    first, second = (start["argv"] for start in fake.rows("starts"))
    assert first[first.index("--tokenizer") + 1] == str(own)
    assert first[first.index("--model") + 1] == str(toy)
    assert "--tokenizer" not in second


def test_one_model_under_two_settings_is_served_once(fake, toy):
    async def work(fleet, checkpoints):
        off = with_overrides(checkpoints[0], {"enable_thinking": False})
        async with open_fleet((checkpoints[0], off), fake.serving) as both:
            return await ask_in_turn(both, (checkpoints[0], off))

    first, second = with_fleet(fake, [toy], work)
    assert first == second
    assert len(fake.rows("starts")) == 1


def test_two_models_are_served_one_after_the_other_and_the_first_is_gone_by_then(fake, toy, tmp_path):
    async def work(fleet, checkpoints):
        assert not fleet.together
        for checkpoint in checkpoints:
            async with fleet.backend(checkpoint) as backend:
                await backend.ready()
                assert len(fake.alive) == 1
            assert fake.alive == []

    with_fleet(fake, [toy, toy_checkpoint(tmp_path / "other", seed=1)], work)
    assert len(fake.rows("starts")) == 2


def test_a_shared_server_stays_until_the_last_of_its_checkpoints_is_done(fake, toy, tmp_path):
    async def work(fleet, checkpoints):
        for checkpoint in checkpoints:  # only looked at, as a rehearsal does: nothing starts, nobody is done
            async with fleet.backend(checkpoint) as backend:
                backend.questions(requests_of(task(), checkpoint, 0))
        assert fake.rows("starts") == []
        async with fleet.backend(checkpoints[0]) as backend:
            await backend.ready()
        assert len(fake.alive) == 1
        async with fleet.backend(checkpoints[1]) as backend:
            await backend.ready()
        assert fake.alive == []

    with_fleet(fake, [toy, adapter(toy, tmp_path / "a", chat=False)], work)
    assert len(fake.rows("starts")) == 1


def test_an_idle_server_makes_room_for_the_next(fake, toy, tmp_path):
    base = toy_checkpoint(tmp_path / "other", seed=1)

    async def work(fleet, checkpoints):
        async with fleet.backend(checkpoints[0]) as backend:
            await backend.ready()
        assert len(fake.alive) == 1  # its base is still to be asked
        async with fleet.backend(checkpoints[2]) as backend:
            await backend.ready()
            assert len(fake.alive) == 1
        async with fleet.backend(checkpoints[1]) as backend:
            await backend.ready()

    with_fleet(fake, [adapter(toy, tmp_path / "a", chat=False), toy, base], work)
    assert len(fake.rows("starts")) == 3


def test_where_memory_allows_both_run_at_once(fake, toy, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "visible_gpus", lambda: (Gpu("0", 20 * GIB, 24 * GIB), Gpu("1", 19 * GIB, 24 * GIB)))

    async def work(fleet, checkpoints):
        monkeypatch.setattr(fleet, "installation", room.Installation(fake.serving.vllm_python, "1", False, (
            "vllm.entrypoints.openai.api_server",)))  # fmt: skip
        assert fleet.together
        async with AsyncExitStack() as stack:
            backends = [await stack.enter_async_context(fleet.backend(checkpoint)) for checkpoint in checkpoints]
            await asyncio.gather(*(backend.ready() for backend in backends))
            assert len(fake.alive) == 2
        assert fake.alive == []

    with_fleet(fake, [toy, toy_checkpoint(tmp_path / "other", seed=1)], work)
    devices = sorted(start["environment"]["CUDA_VISIBLE_DEVICES"] for start in fake.rows("starts"))
    assert devices == ["0", "1"]


def test_an_error_while_asking_leaves_no_server_behind(fake, toy):
    async def work(fleet, checkpoints):
        async with fleet.backend(checkpoints[0]) as backend:
            await backend.ready()
            raise BackendError("here", expected="a", got="b", next_move="C")

    with pytest.raises(BackendError, match="here: expected a"):
        with_fleet(fake, [toy], work)
    assert fake.alive == []


def test_ctrl_c_while_a_server_starts_leaves_nothing_behind(fake, toy):
    fake.lives({"starts_in": 300, "children": 2})

    async def work(fleet, checkpoints):
        async with fleet.backend(checkpoints[0]) as backend:
            starting = asyncio.create_task(backend.ready())
            while len(fake.rows("pids")) < 3:
                await asyncio.sleep(0.05)
            starting.cancel()
            await starting

    with pytest.raises(asyncio.CancelledError):
        with_fleet(fake, [toy], work)
    assert fake.alive == []
