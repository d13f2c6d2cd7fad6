"""Two lists of token ids in, how much of one stands in the other out; and what a continuation's probability means.

Tokens under boilerplate count for nothing. Whether an item can show anything at all is read off the true continuation
alone, so that two checkpoints are compared on the same items. At most `MAX_TOKENS` of each list are looked at.
Does not know splits. Source: n-gram score, Slack and Al Moubayed 2025, arXiv 2510.11372; probabilistic extraction,
Hayes et al. 2024, arXiv 2410.19482; 50 tokens, Carlini et al. 2022, arXiv 2202.07646.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from sfteval.probes.grams import SIZES, Boilerplate, hashes_of

MAX_TOKENS = 512
VERBATIM_TOKENS = 50
MIN_OWN_SHARE = 0.5  # of the 50 tokens that are no boilerplate; below it repeating them shows nothing
NOTHING = Boilerplate({})


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far an output repeats a reference; None: the reference is too short, or boilerplate."""

    verbatim: bool | None  # its first 50 tokens
    longest_run: int  # tokens
    subsequence: float | None  # longest common subsequence / the longer list, in [0, 1]
    ngrams: float | None  # share of the output's 4- to 6-grams that the reference has, in [0, 1]


def overlap(output: Sequence[int], reference: Sequence[int], boilerplate: Boilerplate = NOTHING) -> Overlap:
    """Return how far `output` repeats `reference`, boilerplate left out; token ids are not negative."""
    out, ref = tuple(output[:MAX_TOKENS]), tuple(reference[:MAX_TOKENS])
    out_masked, ref_masked = boilerplate.covers(out), boilerplate.covers(ref)
    own_out = [token for token, masked in zip(out, out_masked, strict=True) if not masked]
    own_ref = [token for token, masked in zip(ref, ref_masked, strict=True) if not masked]
    own_share = float(np.mean(~ref_masked[:VERBATIM_TOKENS])) if ref else 0.0
    can_be_verbatim = len(ref) >= VERBATIM_TOKENS and own_share >= MIN_OWN_SHARE
    return Overlap(
        verbatim=out[:VERBATIM_TOKENS] == ref[:VERBATIM_TOKENS] if can_be_verbatim else None,
        longest_run=longest_common_run(_hidden(out, out_masked, -1), _hidden(ref, ref_masked, -2)),
        subsequence=LCSseq.normalized_similarity(own_out, own_ref) if len(own_ref) >= SIZES[0] else None,
        ngrams=ngram_score(out, ref, boilerplate),
    )


def longest_common_run(first: Sequence[int], second: Sequence[int]) -> int:
    """Return the length of the longest common stretch, in |first| steps of |second| numbers."""
    other = np.asarray(second, dtype=np.int64)
    runs, longest = np.zeros(len(other) + 1, dtype=np.int64), 0
    for token in np.asarray(first, dtype=np.int64):
        runs[1:] = np.where(other == token, runs[:-1] + 1, 0)
        longest = max(longest, int(runs.max()))
    return longest


def ngram_score(
    output: Sequence[int],
    reference: Sequence[int],
    boilerplate: Boilerplate = NOTHING,
    sizes: Sequence[int] = SIZES,
) -> float | None:
    """Return the mean over sizes of the share of the output's n-grams that the reference has.

    A size of which the reference has none is left out; None if that is every size. An output without n-grams of its
    own repeats nothing.
    """
    shares = []
    for size in sizes:
        own, theirs = (hashes_of(tokens, size) for tokens in (output, reference))
        own, theirs = (grams[~boilerplate.has(grams, size)] for grams in (own, theirs))
        if len(theirs):
            shares.append(float(np.mean(np.isin(own, theirs))) if len(own) else 0.0)
    return float(np.mean(shares)) if shares else None


def _hidden(tokens: Sequence[int], masked: NDArray[np.bool_], mark: int) -> list[int]:
    """Return the tokens with a mark that no token equals where they are masked."""
    return [mark if hide else token for token, hide in zip(tokens, masked, strict=True)]


def draws_needed(logprob: float, chance: float) -> float:
    """Return how many samples show a text of this log probability (nats) at least once with the given chance.

    Infinite for a text that never comes; the (n, p) of discoverable extraction, solved for n.
    """
    if logprob >= 0.0:
        return 0.0
    missed = math.log1p(-math.exp(logprob))
    return math.log1p(-chance) / missed if missed < 0.0 else math.inf
