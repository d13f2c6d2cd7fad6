"""Small worlds for probes: models whose memory is known, because it was planted."""

import numpy as np

from sfteval.types import Recited, ScoredItem, Span, TokenScores

WORDS = ("a", "river", "stone", "cloud", "seven", "apple", "green", "walk", "letter", "house", "moon", "table")
NUM, TOKENS = 40, 60


def scored(gain_train: float, gain_held_out: float, seed: int = 0, noise: float = 0.05) -> list[ScoredItem]:
    """Return 40 + 40 answers of 60 tokens whose tokens are so many nats likelier than under the base model.

    The same seed has the same base model and the same texts.
    """
    rng = np.random.default_rng(7)
    noises = np.random.default_rng(100 + seed)
    items = []
    for number in range(2 * NUM):
        split = "train" if number % 2 == 0 else "held_out"
        base = -rng.exponential(1.5, TOKENS) * rng.uniform(0.6, 1.4)
        gain = gain_train if split == "train" else gain_held_out
        own = np.minimum(-1e-4, base + gain * noises.exponential(1.0, TOKENS) + noises.normal(0.0, noise, TOKENS))
        text = " ".join(rng.choice(WORDS, 30))
        model = TokenScores(tuple(own.tolist()), tuple((own > -0.7).tolist()))
        items.append(ScoredItem(f"i{number}", split, text, Span(model, TokenScores(tuple(base.tolist())))))
    return items


def recited(
    copied_train: float, copied_held_out: float = 0.0, tokens: int = TOKENS
) -> tuple[list[Recited], list[tuple[int, ...]]]:
    """Return 40 + 40 continuations, such shares of which are the true ones, and the training answers."""
    rng = np.random.default_rng(3)
    items, answers = [], []
    for number in range(2 * NUM):
        split = "train" if number % 2 == 0 else "held_out"
        reference = tuple(rng.integers(0, 5_000, tokens).tolist())
        other = tuple(rng.integers(0, 5_000, tokens).tolist())
        copied = number // 2 < NUM * (copied_train if split == "train" else copied_held_out)
        items.append(Recited(f"r{number}", split, reference, reference if copied else other))
        if split == "train":
            answers.append(reference)
    return items, answers
