"""Log probabilities of given tokens: those of one plain forward pass, however they are batched and cut."""

import asyncio
import json

import pytest

from sfteval.backends import open_backend
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError
from tests.toys import toy_checkpoint

torch = pytest.importorskip("torch", reason="the embedded backend needs torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

SEQUENCES = [[5, 6, 7, 8, 9, 10, 11], [3], [9, 9], list(range(2, 60))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy_checkpoint(tmp_path_factory.mktemp("toy") / "toy")


def told(folder, sequences):
    async def go():
        async with open_backend(resolve_checkpoint(str(folder)), "transformers") as backend:
            return await backend.logprobs(sequences)

    return asyncio.run(go())


def plain(folder, sequence):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        rows = model(torch.tensor([sequence])).logits[0].log_softmax(-1)
    return [float(rows[place, token]) for place, token in enumerate(sequence[1:])]


def test_they_are_those_of_a_plain_forward_pass(folder):
    for sequence, values in zip(SEQUENCES, told(folder, SEQUENCES), strict=True):
        assert values == pytest.approx(plain(folder, sequence), abs=1e-4)


def test_a_small_budget_of_logits_changes_nothing(folder, monkeypatch):
    whole = told(folder, SEQUENCES)
    monkeypatch.setattr("sfteval.backends.transformers.likelihood.LOGITS", 1)
    monkeypatch.setattr("sfteval.backends.transformers.likelihood.BATCH_POSITIONS", 64)
    for expected, values in zip(whole, told(folder, SEQUENCES), strict=True):
        assert values == pytest.approx(expected, abs=1e-4)


def test_a_sequence_that_the_model_cannot_hold_is_refused(folder):
    longest = json.loads((folder / "config.json").read_text())["max_position_embeddings"]
    with pytest.raises(BackendError, match=f"expected 1 to {longest} tokens, got {longest + 1}"):
        told(folder, [[1] * (longest + 1)])
    with pytest.raises(BackendError, match=f"expected 1 to {longest} tokens, got 0"):
        told(folder, [[]])


def test_no_sequences_have_no_log_probabilities(folder):
    assert told(folder, []) == []
