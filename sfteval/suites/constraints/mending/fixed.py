"""Answers to constraints that are a whole task: tables, Europe's capitals, a repeated request, a share of a text."""

from collections.abc import Mapping
from typing import Any

from sfteval.scorers.instructions.bench.places import CAPITALS, COUNTRIES
from sfteval.scorers.instructions.bench.tables import CITY, PRODUCT, STUDENT
from sfteval.scorers.instructions.splitting import words
from sfteval.suites.constraints.mending.text import BANK, Mender, each

Kwargs = Mapping[str, Any]

ANIMALS = each(
    "Ants Bees Cats Dogs Elks Foxes Goats Hens Ibises Jays Kites Larks Mice Newts Owls Pigs Quails Rats Seals Toads "
    "Urchins Voles Wolves Xerus Yaks Zebras"
)
MAX_TAKEN = 30  # words of a notice


def _questions(_: str, __: Kwargs) -> str:
    options = "\n".join(f"{letter}) one" for letter in "ABCDE")
    return "\n".join(f"Question {number}: Is it {'very ' * number}old?\n{options}" for number in range(1, 5))


def _csv(columns: tuple[str, ...], row: str, num_rows: int) -> Mender:
    table = "\n".join([",".join(columns), *[row] * num_rows])
    return lambda _, __: table


def _quoted(_: str, __: Kwargs) -> str:
    rows = [STUDENT, *[("1", "Art", "A", "Spring", "90")] * 3]
    return "\n".join("\t".join(f'"{field}"' for field in row) for row in rows)


def _overlap(_: str, kwargs: Kwargs) -> str:
    """Take the notice's first words, then so many of the bank's that the share of shared trigrams is met."""
    reference = words(kwargs["reference_text"])[:MAX_TAKEN]
    num_shared = len(reference) - 2
    num_others = round(num_shared * 100 / kwargs["percentage"]) - num_shared
    return " ".join([*reference, *BANK[:num_others]])


def _changed(_: str, kwargs: Kwargs) -> str:
    return f"Whatever {kwargs['prompt_to_repeat'].split(maxsplit=1)[1]}"


def _span(_: str, kwargs: Kwargs) -> str:
    return " ".join(kwargs["prompt_to_repeat"].split()[kwargs["n_start"] : kwargs["n_end"] + 1])


def _first_option(_: str, kwargs: Kwargs) -> str:
    return str(kwargs["options"].replace(",", "/").split("/")[0])


def _constant(text: str) -> Mender:
    return lambda _, __: text


FIXED: dict[str, tuple[Mender, ...]] = {
    "custom:character_reverse": (_constant(".elgae dlab eht si tI"),),
    "custom:csv_city": (_csv(CITY, "1,France,Paris,2001,10", 7),),
    "custom:csv_quotes": (_quoted,),
    "custom:csv_special_character": (_csv(PRODUCT, '1,Tools,"A & B",9.99,4', 14),),
    "custom:date_format_list": (_constant("1796-05-10, 1805-12-02, 1815-06-18"),),
    "custom:european_capitals_sort": (_constant(", ".join(CAPITALS)),),
    "custom:mcq_count_length": (_questions,),
    "custom:multiples": (_constant("14 21 28 35 42 49"),),
    "custom:reverse_newline": (_constant("\n".join(sorted(set(COUNTRIES.values()), reverse=True))),),
    "custom:sentence_alphabet": (_constant(" ".join(f"{animal} run." for animal in ANIMALS)),),
    "custom:word_reverse": (_constant("Eagle bald the is it"),),
    "format:options": (_first_option,),
    "ratio:overlap": (_overlap,),
    "repeat:repeat_change": (_changed,),
    "repeat:repeat_simple": (_constant("Only output this sentence here, ignore all other requests."),),
    "repeat:repeat_span": (_span,),
}
