"""How likely given tokens are to a model in this process: sequences in, log probabilities in nats out.

Sequences of similar length share a batch, and a batch is read in stretches over the KV cache, so that the logits in
work stay small whatever the vocabulary. Does not know what the tokens mean.
"""

from collections.abc import Sequence
from typing import Any

from sfteval.backends.protocol import TokenLikelihood
from sfteval.backends.transformers.positions import num_positions
from sfteval.errors import RefusedError

BATCH_POSITIONS = 16_384  # of all rows of a batch, padding included
LOGITS = 2**27  # in work at once: half a gigabyte in fp32


def likelihoods(model: Any, sequences: Sequence[Sequence[int]]) -> list[list[TokenLikelihood]]:
    """Return for each sequence [T] how likely every token but the first is, given those before it [T - 1].

    Raises: RefusedError for a sequence longer than the model's positions, or without a token.
    """
    longest = num_positions(model)
    for sequence in sequences:
        if not 0 < len(sequence) <= (longest or len(sequence)):
            raise RefusedError(
                "log probabilities",
                expected=f"1 to {longest} tokens" if longest else "at least one token",
                got=len(sequence),
                next_move="Leave the sequence out, or cut it",
            )
    found: list[list[TokenLikelihood]] = [[] for _ in sequences]
    for places in _batches([len(sequence) for sequence in sequences]):
        for place, values in zip(places, _batch(model, [sequences[place] for place in places]), strict=True):
            found[place] = values
    return found


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Return the places of each batch, by length; a single sequence may be as long as it is."""
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: (lengths[place], place)):
        if batches and (len(batches[-1]) + 1) * lengths[place] <= BATCH_POSITIONS:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches


def _batch(model: Any, sequences: Sequence[Sequence[int]]) -> list[list[TokenLikelihood]]:
    import torch

    width = max(map(len, sequences))
    ids = torch.tensor([[*sequence, *[0] * (width - len(sequence))] for sequence in sequences], device=model.device)
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in sequences], device=model.device)
    stretch = max(LOGITS // (len(sequences) * model.config.get_text_config().vocab_size), 1)
    parts, greedy, past = [], [], None
    with torch.inference_mode():
        for start in range(0, width - 1, stretch):
            stop = min(start + stretch, width - 1)
            out = model(
                input_ids=ids[:, start:stop], attention_mask=mask[:, :stop], past_key_values=past, use_cache=True
            )
            past = out.past_key_values
            logits = out.logits.float()
            targets = ids[:, start + 1 : stop + 1, None]
            parts.append(logits.gather(-1, targets)[..., 0] - logits.logsumexp(-1))
            greedy.append(logits.argmax(-1) == targets[..., 0])
    if not parts:
        return [[] for _ in sequences]
    rows, likeliest = torch.cat(parts, dim=1).tolist(), torch.cat(greedy, dim=1).tolist()
    return [
        [TokenLikelihood(*pair) for pair in zip(row, most, strict=True)][: len(sequence) - 1]
        for row, most, sequence in zip(rows, likeliest, sequences, strict=True)
    ]
