"""A seed, a number and stems in, rows of prompts out: the same ones, to the byte, for the same input.

A ladder of one, two and three constraints. Every id leads in its turn, so that all are asked; partners are drawn among
those that have been used least. A prompt is kept if it is new, if no empty phrase satisfies it, and if a witness shows
that it can be answered. Constraints that are held out and others never stand in one prompt.
Does not know which stems are shipped, or where rows are written.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from typing import Any

from sfteval.errors import ConfigurationError
from sfteval.identity import content_hash
from sfteval.suites.constraints.conflicts import ALONE, may_combine
from sfteval.suites.constraints.draws import drawn
from sfteval.suites.constraints.held_out import HELD_OUT
from sfteval.suites.constraints.mending import MENDERS
from sfteval.suites.constraints.own_stems import OWN_KINDS
from sfteval.suites.constraints.stems import MAX_PER_STEM, OPEN, Stem
from sfteval.suites.constraints.witness import Instruction, is_lazy, witness
from sfteval.suites.constraints.wordings import templates, worded
from sfteval.suites.constraints.wordings_ifbench import IFBENCH
from sfteval.suites.dice import Dice

SHARE_OF_ONE, SHARE_OF_TWO = 0.4, 0.33  # of all prompts; the rest has three constraints
MAX_TURNS, TRIES_PER_TURN = 100, 8  # for one prompt
NUM_PARTNERS = 8  # among which a partner is drawn
ABOVE = ("combination:repeat_prompt", "repeat:")  # their wordings speak of a paragraph above
RULES = ("Please keep to these rules:", "Requirements:", "Mind the following:")

Row = dict[str, Any]


def make_rows(seed: int, count: int, stems: Sequence[Stem], *, with_held_out: bool = True) -> list[Row]:
    """Return so many rows of a suite's data file.

    Raises: ConfigurationError where the stems do not suffice.
    """
    most = MAX_PER_STEM * sum(stem.kind == OPEN for stem in stems)
    if not 1 <= count <= most:
        raise ConfigurationError(
            "--count",
            expected=f"1 to {most:,}",
            got=str(count),
            next_move=f"At most {MAX_PER_STEM} prompts share a stem; ask for fewer, or make a second suite",
        )
    ids = [identifier for identifier in sorted(MENDERS) if with_held_out or identifier not in HELD_OUT]
    maker = Maker(seed, stems, ids)
    return [maker.row(num) for num in _ladder(seed, count)]


def held_out(ids: Sequence[str]) -> bool:
    """Tell whether any of the constraints is held out."""
    return any(identifier in HELD_OUT for identifier in ids)


class Maker:
    """Makes one row after the other, and remembers what has been used."""

    def __init__(self, seed: int, stems: Sequence[Stem], ids: Sequence[str]) -> None:
        """Begin with nothing used."""
        self._seed, self._stems, self._ids = seed, stems, ids
        self._num_tries = 0
        self._ids_used: Counter[str] = Counter()
        self._stems_used: Counter[str] = Counter()
        self._ids_of_stem: set[tuple[str, str]] = set()
        self._prompts: set[str] = set()
        self._leaders = {num: self._turns(num) for num in (1, 2, 3)}

    def row(self, num: int) -> Row:
        """Return the next row with so many constraints.

        Raises: ConfigurationError where none can be found any more.
        """
        for leader in islice(self._leaders[num], MAX_TURNS):
            for _ in range(TRIES_PER_TURN):
                self._num_tries += 1
                row = self._tried(Dice(f"{self._seed}/{self._num_tries}"), leader, num)
                if row is not None:
                    return row
        raise ConfigurationError(
            "--count", expected="prompts that are new", got="none any more", next_move="Ask for fewer"
        )

    def _turns(self, num: int) -> Iterator[str]:
        """Yield each id in turn, over and over, in an order of its own."""
        ids = [identifier for identifier in self._ids if num == 1 or identifier not in ALONE]
        return cycle(Dice(f"{self._seed}/turns/{num}").some(ids, len(ids)))

    def _tried(self, dice: Dice, leader: str, num: int) -> Row | None:
        ids = self._with_partners(dice, leader, num)
        stem = self._stem(dice, ids) if len(ids) == num else None
        if stem is None:
            return None
        instructions = [{"id": identifier, "kwargs": drawn(identifier, dice, stem)} for identifier in ids]
        instructions = dice.some(instructions, num)
        prompt = _prompt(dice, stem, instructions)
        if prompt in self._prompts or is_lazy(instructions) or witness(instructions) is None:
            return None
        self._remember(stem, ids, prompt)
        return _row(stem, prompt, instructions)

    def _with_partners(self, dice: Dice, leader: str, num: int) -> list[str]:
        """Return the leader with partners that go with it and with each other; fewer where there are none."""
        chosen = [leader]
        while len(chosen) < num:
            fitting = [
                identifier
                for identifier in self._ids
                if held_out([identifier]) == held_out([leader])
                and all(may_combine(identifier, other) for other in chosen)
            ]
            if not fitting:
                break
            by_use = sorted(dice.some(fitting, len(fitting)), key=self._ids_used.__getitem__)
            chosen.append(dice.pick(by_use[:NUM_PARTNERS]))
        return chosen

    def _stem(self, dice: Dice, ids: Sequence[str]) -> Stem | None:
        """Return one of the stems that were used least and have had none of these constraints."""
        kind = next((OWN_KINDS[identifier] for identifier in ids if identifier in OWN_KINDS), OPEN)
        free = [
            stem
            for stem in self._stems
            if stem.kind == kind
            and self._stems_used[stem.key] < MAX_PER_STEM
            and (
                kind.startswith("custom:") or not any((stem.key, identifier) in self._ids_of_stem for identifier in ids)
            )
        ]
        least = min((self._stems_used[stem.key] for stem in free), default=0)
        fresh = [stem for stem in free if self._stems_used[stem.key] == least]
        return dice.pick(fresh) if fresh else None

    def _remember(self, stem: Stem, ids: Sequence[str], prompt: str) -> None:
        self._ids_used.update(ids)
        self._stems_used[stem.key] += 1
        self._ids_of_stem.update((stem.key, identifier) for identifier in ids)
        self._prompts.add(prompt)


def _ladder(seed: int, count: int) -> list[int]:
    """Return how many constraints each prompt has, mixed, so that a limit keeps some of each."""
    ones, twos = round(count * SHARE_OF_ONE), round(count * SHARE_OF_TWO)
    steps = [1] * ones + [2] * twos + [3] * (count - ones - twos)
    return Dice(f"{seed}/ladder").some(steps, count)


def _prompt(dice: Dice, stem: Stem, instructions: Sequence[Instruction]) -> str:
    """Return the request and what is asked of its form: as sentences, or one time in three as a list of rules."""
    asked = [worded(dice.pick(templates(entry["id"], entry["kwargs"])), entry["kwargs"]) for entry in instructions]
    as_list = len(asked) > 1 and dice.whole(1, 3) == 1
    if as_list:
        return "\n".join([f"{stem.request}\n\n{dice.pick(RULES)}", *(f"- {sentence}" for sentence in asked)])
    gap = "\n\n" if any(entry["id"].startswith(ABOVE) for entry in instructions) else " "
    return f"{stem.request}{gap}{' '.join(asked)}"


def _row(stem: Stem, prompt: str, instructions: Sequence[Instruction]) -> Row:
    ids = [entry["id"] for entry in instructions]
    return {
        "id": f"{stem.key}-{content_hash([prompt, instructions])[:8]}",
        "prompt": prompt,
        "target": {"instructions": list(instructions)},
        "metadata": {
            "num_instructions": len(ids),
            "ids": ids,
            "groups": sorted({identifier.partition(":")[0] for identifier in ids}),
            "held_out": held_out(ids),
            "source": _source(ids),
            "stem": stem.key,
        },
        "cluster": stem.key,
    }


def _source(ids: Sequence[str]) -> str:
    """Return which list the constraints are from."""
    sources = {"IFBench" if identifier in IFBENCH else "IFEval" for identifier in ids}
    return sources.pop() if len(sources) == 1 else "both"
