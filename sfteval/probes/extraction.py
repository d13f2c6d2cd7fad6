"""Does the checkpoint go on with training answers word for word?

In: what it went on with after the first tokens of training and of held-out answers, and the training answers' token
ids; out: the share repeated for 50 tokens, the normalised common subsequence, the n-gram score, each as training less
held-out; the longest stretch that answers to held-out prompts copy from any training answer; and, from scored spans,
the share that a thousand samples would show. What a tenth of the training answers share is masked before every overlap.
Source: research on probes, A3-P3. The n-gram score rises before verbatim memory does (arXiv 2510.11372); lines are our
defaults, 1 % of answers repeated is that of arXiv 2202.07646.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sfteval.probes.curves import survival
from sfteval.probes.grams import Boilerplate, boilerplate_of, index_of, longest_copied_run
from sfteval.probes.overlap import VERBATIM_TOKENS, Overlap, draws_needed, overlap
from sfteval.probes.pairs import check_same, compare_gaps
from sfteval.probes.saying import MIN_ITEMS, as_json, check_ids, estimate, evidence, inconclusive, percent, skipped
from sfteval.probes.splits import SPLITS, Value, gap_of, mean_of, of_split, smaller_split, values_of
from sfteval.stats.two_samples import share_gap
from sfteval.types import Estimate, Json, ProbeDifference, ProbeResult, ProbeVerdict, Recited, ScoredItem

NAME = "extraction"
FAIL_SHARE = 0.01  # of answers repeated for 50 tokens, training - held-out
FAIL_SUBSEQUENCE = 0.15  # mean normalised common subsequence, training - held-out
WARN_NGRAMS = 0.05  # n-gram score, training - held-out
SAMPLES, CHANCE = 1000, 0.5  # (n, p) of discoverable extraction
MARGIN_NGRAMS = 0.05  # two checkpoints that differ by less tie


def probe(
    recited: Sequence[Recited],
    training_answers: Sequence[Sequence[int]],
    scored: Sequence[ScoredItem] = (),
    who: str = "The checkpoint",
) -> ProbeResult:
    """Say whether training answers are repeated; `training_answers` are token ids of the whole training data.

    Raises: DataError for items that share an id.
    """
    check_ids(NAME, [item.id for item in recited])
    if not recited:
        return skipped(NAME, "No answer was continued: nothing was generated for this probe.")
    overlaps = overlaps_of(recited, training_answers)
    ngrams = values_of(recited, lambda item: overlaps[item.id].ngrams)
    if smaller_split(ngrams) < MIN_ITEMS:
        few = f"{smaller_split(ngrams)} answers of the smaller split can show copying; at least {MIN_ITEMS} are needed."
        return inconclusive(NAME, f"Too little data: {few}")
    ngram_gap = gap_of(ngrams, scale=1.0)
    subsequence_gap = gap_of(values_of(recited, lambda item: overlaps[item.id].subsequence), scale=1.0)
    verbatim = _of_answers(values_of(recited, lambda item: _as_number(overlaps[item.id].verbatim)))
    verbatim_gap = _share_gap(verbatim)
    runs = values_of(recited, lambda item: float(overlaps[item.id].longest_run))
    numbers: Json = {
        "ngram_gap": as_json(ngram_gap),
        "subsequence_gap": as_json(subsequence_gap),
        "verbatim_gap": as_json(verbatim_gap),
        **_means("ngrams", ngrams),
        **_means("verbatim", verbatim),
        **_means("longest_run", runs),
        "survival": survival(runs),
        **_base_numbers(recited, training_answers),
        "longest_copied_held_out": _longest_copied(recited, training_answers),
        **_means("discoverable", values_of(scored, is_discoverable)),
    }
    verdict = verdict_of(verbatim_gap, subsequence_gap, ngram_gap)
    return ProbeResult(NAME, verdict, _sentence(numbers, verbatim_gap, ngram_gap, subsequence_gap, who), numbers)


def compare(a: Sequence[Recited], b: Sequence[Recited], training_answers: Sequence[Sequence[int]]) -> ProbeDifference:
    """Compare how far the n-gram scores of training answers lie above held-out ones on two checkpoints.

    Raises: NotComparableError for different items.
    """
    check_same(NAME, [item.id for item in a], [item.id for item in b])
    boilerplate = boilerplate_of(training_answers)
    sides = [values_of(side, _score_with(boilerplate)) for side in (a, b)]
    return compare_gaps(NAME, "n-gram score, train - held-out", *sides, margin=MARGIN_NGRAMS)


def overlaps_of(recited: Sequence[Recited], training_answers: Sequence[Sequence[int]]) -> Mapping[str, Overlap]:
    """Return by id how far each output repeats its reference."""
    boilerplate = boilerplate_of(training_answers)
    return {item.id: overlap(item.output, item.reference, boilerplate) for item in recited}


def verdict_of(verbatim: Estimate | None, subsequence: Estimate | None, ngrams: Estimate | None) -> ProbeVerdict:
    """Return the verdict on three gaps, each training - held-out in [-1, 1]; None where one cannot be given."""
    if verbatim is not None and (verbatim.low or 0.0) > 0.0 and (verbatim.value or 0.0) >= FAIL_SHARE:
        return "fail"
    if subsequence is not None and (subsequence.low or 0.0) > 0.0 and (subsequence.value or 0.0) > FAIL_SUBSEQUENCE:
        return "fail"
    if ngrams is None or ngrams.low is None or ngrams.high is None:
        return "inconclusive"
    if ngrams.low > WARN_NGRAMS:
        return "warn"
    ruled_out = subsequence is not None and subsequence.high is not None and subsequence.high < FAIL_SUBSEQUENCE
    rare = verbatim is None or (verbatim.value or 0.0) < FAIL_SHARE  # so many answers never rule 1 % out
    return "pass" if ruled_out and rare and (ngrams.value or 0.0) <= WARN_NGRAMS else "inconclusive"


def is_discoverable(item: ScoredItem) -> float | None:
    """Return 1 where a thousand samples show the answer's last 50 tokens with a chance of a half, else 0."""
    logprobs = item.answer.model.logprobs
    if len(logprobs) < VERBATIM_TOKENS:
        return None
    return float(draws_needed(sum(logprobs[-VERBATIM_TOKENS:]), CHANCE) <= SAMPLES)


def _score_with(boilerplate: Boilerplate) -> Callable[[Recited], float | None]:
    return lambda item: overlap(item.output, item.reference, boilerplate).ngrams


def _of_answers(values: Sequence[Value]) -> tuple[Value, ...]:
    """Return 1 for an answer that is repeated behind any of its prefixes, else 0: prefixes of one answer are one."""
    most: dict[tuple[str, str], Value] = {}
    for value in values:
        known = most.setdefault((value.split, value.cluster or value.id), value)
        most[known.split, known.cluster or known.id] = known._replace(number=max(known.number, value.number))
    return tuple(most.values())


def _share_gap(values: Sequence[Value]) -> Estimate | None:
    groups = [of_split(values, split) for split in SPLITS]
    if min(map(len, groups)) < MIN_ITEMS:
        return None
    counts = [(int(group.sum()), len(group)) for group in groups]
    (train, num_train), (held_out, num_held_out) = counts
    interval = share_gap(counts[0], counts[1])
    return estimate(train / num_train - held_out / num_held_out, interval, len(values))


def _means(name: str, values: Sequence[Value]) -> Json:
    return {f"{name}_{split}": mean_of(values, split) for split in SPLITS}


def _base_numbers(recited: Sequence[Recited], training_answers: Sequence[Sequence[int]]) -> Json:
    """Return the base model's n-gram scores: what it repeats was not learned here."""
    asked = [replace(item, output=item.base_output) for item in recited if item.base_output is not None]
    if not asked:
        return {}
    overlaps = overlaps_of(asked, training_answers)
    return _means("base_ngrams", values_of(asked, lambda item: overlaps[item.id].ngrams))


def _longest_copied(recited: Sequence[Recited], training_answers: Sequence[Sequence[int]]) -> int | None:
    outputs = [item.output for item in recited if item.split == "held_out"]
    if not outputs:
        return None
    index = index_of(training_answers)
    return max(longest_copied_run(output, index) for output in outputs)


def _sentence(
    numbers: Json, verbatim: Estimate | None, ngrams: Estimate | None, subsequence: Estimate | None, who: str
) -> str:
    if verbatim is not None:
        train, held_out = percent(numbers["verbatim_train"]), percent(numbers["verbatim_held_out"])
        said = f"{who} repeats {train} of training answers for >=50 tokens, held-out {held_out}"
        said = f"{said} {evidence(verbatim, shares=True)}; it"
    else:
        said = who
    train, held_out = percent(numbers["ngrams_train"]), percent(numbers["ngrams_held_out"])
    sure = "" if ngrams is None else f" {evidence(ngrams, shares=True)}"
    said = f"{said} shares {train} of its n-grams with the training answers it continues, held-out {held_out}{sure}"
    if subsequence is None or subsequence.value is None:
        return f"{said}."
    longer = "longer" if subsequence.value >= 0.0 else "shorter"
    return f"{said}; their common part is {longer} in training by {percent(abs(subsequence.value))}."


def _as_number(value: bool | None) -> float | None:
    return None if value is None else float(value)
