"""Two prompts of IFBench about places: Africa's countries in reverse order, Europe's northern capitals.

Latitudes decide the order of the capitals, to the minute; spellings are folded to ASCII.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sfteval.scorers.instructions.bench.marks import EDGES
from sfteval.scorers.instructions.catalogue import Constraint, constraint
from sfteval.types import Check

MIN_COUNTRIES = 52  # the published bound; 54 are members of the United Nations
NUMBERED = re.compile(r"\s*(?:[-*•+]\s+)?(?:\d{1,2}[.):]\s*)?")
COUNTRIES = {
    name: names.split("|")[0]
    for names in (
        "algeria",
        "angola",
        "benin",
        "botswana",
        "burkina faso",
        "burundi",
        "cabo verde|cape verde|cape verde cabo verde|cabo verde cape verde",
        "cameroon",
        "central african republic",
        "chad",
        "comoros|union of the comoros",
        "congo|republic of the congo|congo brazzaville|congo republic of the|congo republic of|republic of congo|"
        "congo republic",
        "democratic republic of the congo|congo kinshasa|dr congo|drc|congo democratic republic of the|"
        "democratic republic of congo|congo democratic republic of|congo democratic republic|"
        "democratic republic of the congo drc",
        "djibouti",
        "egypt",
        "equatorial guinea",
        "eritrea",
        "eswatini|swaziland|eswatini swaziland|eswatini formerly swaziland",
        "ethiopia",
        "gabon",
        "gambia|gambia the",
        "ghana",
        "guinea",
        "guinea bissau",
        "ivory coast|cote divoire|cote d ivoire|ivory coast cote divoire|cote divoire ivory coast",
        "kenya",
        "lesotho",
        "liberia",
        "libya",
        "madagascar",
        "malawi",
        "mali",
        "mauritania",
        "mauritius",
        "morocco",
        "mozambique",
        "namibia",
        "niger",
        "nigeria",
        "rwanda",
        "sao tome and principe|sao tome principe|sao tome",
        "senegal",
        "seychelles",
        "sierra leone",
        "somalia",
        "south africa",
        "south sudan",
        "sudan",
        "tanzania|united republic of tanzania|tanzania united republic of",
        "togo",
        "tunisia",
        "uganda",
        "zambia",
        "zimbabwe",
    )
    for name in names.split("|")
}
CAPITALS = [
    "Reykjavik", "Helsinki", "Oslo", "Tallinn", "Stockholm", "Riga", "Moscow",
    "Copenhagen", "Vilnius", "Minsk", "Dublin", "Berlin", "Amsterdam", "Warsaw",
    "London", "Brussels", "Kyiv", "Prague", "Luxembourg", "Paris", "Vienna",
    "Bratislava", "Budapest", "Vaduz", "Chisinau", "Bern", "Ljubljana", "Zagreb",
]  # fmt: skip
PUBLISHED_CAPITALS = [capital for capital in CAPITALS if capital != "Kyiv"]
OTHER_SPELLINGS = {"Kiev": "Kyiv", "Luxembourg City": "Luxembourg", "Berne": "Bern", "Kishinev": "Chisinau"}
MAX_LINES, MAX_LINE = 1_000, 100  # of a list of countries; what is beyond is not looked at
MAX_CHARACTERS = 5_000  # of a list of capitals; beyond, it cannot be right
MAX_PUBLISHED_CHARACTERS = (
    100_000  # beyond, there is no published verdict: to fold so many takes longer than a check may
)


@constraint("custom:reverse_newline")
@dataclass(frozen=True, slots=True)
class ReverseNewline(Constraint):
    """At least 52 of Africa's countries stand on a line each, in reverse alphabetical order.

    Repairs: the lines must be different countries of Africa (other lines do no harm), and numbers, "The" and capital
    letters do not count in the order. Published, any 52 lines in reverse order pass, from the first with "Zimbabwe" on.
    """

    def check(self, text: str) -> Check:
        """Find the countries, then two that are out of order."""
        lines = (line for line in text.split("\n", MAX_LINES)[:MAX_LINES] if len(line) < MAX_LINE)
        found = [name for name in map(_country_line, lines) if name in COUNTRIES]
        different = {COUNTRIES[name] for name in found}
        if len(different) < MIN_COUNTRIES:
            reason = f"needed at least {MIN_COUNTRIES} countries on a line each, found {len(different)}"
            return Check(False, reason, len(different))
        for one, other in pairwise(found):
            if other >= one:
                return Check(False, f'needed reverse alphabetical order, found "{other}" behind "{one}"', [one, other])
        return Check(
            True, f"needed at least {MIN_COUNTRIES} countries in reverse order, found {len(found)}", len(found)
        )

    def published(self, text: str) -> bool | None:
        """Compare the lines from the first with "Zimbabwe" on with themselves, sorted."""
        if "Zimbabwe" not in text:
            return False
        if len(text) > MAX_PUBLISHED_CHARACTERS:
            return None
        lines = [bare for line in text.split("\n") if (bare := line.strip(EDGES))]
        start = next((place for place, line in enumerate(lines) if "Zimbabwe" in line), None)
        if start is None or len(lines) - start < MIN_COUNTRIES:
            return False
        folded = _folded("\n".join(lines[start:])).split("\n")
        return all(one >= other for one, other in pairwise(folded))


@constraint("custom:european_capitals_sort")
@dataclass(frozen=True, slots=True)
class EuropeanCapitalsSort(Constraint):
    """The answer lists Europe's 28 capitals north of 45 degrees, from north to south, divided by commas.

    Repairs: Kyiv (50.45 degrees north) is one of them, so that published the right answer fails; "Kiev", "Berne" and a
    full stop at the end do no harm.
    """

    def check(self, text: str) -> Check:
        """Name the first capital that should be another."""
        if len(text) > MAX_CHARACTERS:
            return Check(False, f"needed {len(CAPITALS)} capitals, found {len(text)} characters", len(text))
        parts = [part.strip().rstrip(".") for part in _folded(text).split(",") if part.strip()]
        capitals = [OTHER_SPELLINGS.get(part, part) for part in parts]
        for place, (wanted, found) in enumerate(zip(CAPITALS, capitals, strict=False), start=1):
            if wanted != found:
                return Check(False, f'needed {wanted} as capital {place}, found "{found[:40]}"', place)
        reason = f"needed {len(CAPITALS)} capitals, found {len(capitals)}"
        return Check(len(capitals) == len(CAPITALS), reason, len(capitals))

    def published(self, text: str) -> bool | None:
        """Compare with the published list, which lacks Kyiv."""
        if len(text) > MAX_PUBLISHED_CHARACTERS:
            return None
        return [part.strip() for part in _folded(text).split(",") if part.strip()] == PUBLISHED_CAPITALS


def _folded(text: str) -> str:
    """Return the text in ASCII: accents dropped, and whatever else has no ASCII form; each letter by itself."""
    if text.isascii():
        return text
    return text.translate({ord(letter): _plain(letter) for letter in set(text) if not letter.isascii()})


def _plain(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode("ascii")


@lru_cache(maxsize=4096)  # an answer's variants share their lines
def _country_line(line: str) -> str:
    """Return the line as a country's name is kept here: "2. Côte d'Ivoire" as "cote divoire"."""
    number = NUMBERED.match(line)
    name = _folded(line[number.end() if number else 0 :]).lower().replace("'", "").replace("-", " ")
    name = " ".join(re.sub(r"[^a-z\s]", " ", name).split())
    return name.removeprefix("the ")
