"""Details that are drawn for a text: names, towns, days, amounts, and how they are written.

Days lie in 2025 and 2026. A day in figures is one past the 12th, so that nobody can take it for a month.
Does not know texts or schemas.
"""

import datetime
from collections.abc import Sequence

from sfteval.suites.dice import Dice

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
FIRST = (
    "Zoë", "Marek", "Aoife", "Tomás", "Ingrid", "Yusuf", "Małgorzata", "Pierre", "Noor", "Jürgen", "Chiara", "Ravi",
    "Søren", "Lucía", "Hana", "Dmitri", "Amélie", "Oluwaseun", "Björk", "Kenji", "Fatima", "Ned", "Priya", "Anaïs",
)  # fmt: skip
LAST = (
    "Lindqvist", "Novák", "O'Shea", "Vázquez", "Bjørnstad", "Demir", "Wójcik", "Lefèvre", "Haddad", "Köhler",
    "Ricci-Bauer", "Menon", "Østergaard", "Ibáñez", "Sato", "Volkov", "Tremblay", "Adeyemi", "Jónsdóttir", "Mori",
    "Benali", "Whitlock", "Raman", "Girard",
)  # fmt: skip
PORTS = ("Aarhus", "Cork", "Hull", "Málaga", "Porto", "Split", "Tromsø", "Turku", "Wick")
INLAND = ("Brno", "Düren", "Évora", "Ghent", "Łódź", "Lund", "Modena", "Nîmes", "Utrecht", "Vaduz", "Zürich")
TOWNS = (*PORTS, *INLAND)
STREETS = (
    "Linden Row", "Quay Street", "Mill Lane", "Tanner's Hill", "Station Road", "Chapel Walk", "Rope Alley",
    "Orchard Close", "Kiln Street", "Harbour Steps",
)  # fmt: skip


def coin(dice: Dice) -> bool:
    """Return true one time in two."""
    return dice.whole(0, 1) == 1


def people(dice: Dice, num: int) -> list[str]:
    """Return so many full names; no two share a first name or a last name."""
    return [f"{first} {last}" for first, last in zip(dice.some(FIRST, num), dice.some(LAST, num), strict=True)]


def person(dice: Dice) -> str:
    """Return one full name."""
    return people(dice, 1)[0]


def day(dice: Dice, months: Sequence[int] = range(1, 13)) -> datetime.date:
    """Return a day past the 12th of one of these months."""
    return datetime.date(dice.whole(2025, 2026), dice.pick(months), dice.whole(13, 28))


def later(start: datetime.date, days: int) -> datetime.date:
    """Return the day so many days on."""
    return start + datetime.timedelta(days=days)


def long_day(when: datetime.date) -> str:
    """Return `14 March 2026`."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def american_day(when: datetime.date) -> str:
    """Return `March 14, 2026`."""
    return f"{MONTHS[when.month - 1]} {when.day}, {when.year}"


def full_day(when: datetime.date) -> str:
    """Return `Saturday, 14 March 2026`."""
    return f"{weekday(when)}, {long_day(when)}"


def figures(when: datetime.date) -> str:
    """Return `14.03.2026`."""
    return f"{when.day:02d}.{when.month:02d}.{when.year}"


def short_day(when: datetime.date) -> str:
    """Return `14 March`, for a text that has named the year."""
    return f"{when.day} {MONTHS[when.month - 1]}"


def weekday(when: datetime.date) -> str:
    """Return `Saturday`."""
    return WEEKDAYS[when.weekday()]


def clock(dice: Dice, first: int, last: int) -> int:
    """Return a time between two full hours, in minutes after midnight, on a quarter of an hour."""
    return dice.whole(first * 60, last * 60, 15)


def hours(minutes: int) -> str:
    """Return minutes after midnight as `HH:MM`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def twelve(minutes: int) -> str:
    """Return minutes after midnight as `3.45 pm`."""
    half = "am" if minutes < 720 else "pm"
    hour = (minutes // 60 - 1) % 12 + 1
    return f"{hour}.{minutes % 60:02d} {half}" if minutes % 60 else f"{hour} {half}"


def money(cents: int) -> str:
    """Return an amount with two decimals: `1,240.50`."""
    return f"{cents // 100:,}.{cents % 100:02d}"


def amount(cents: int | None) -> int | float | None:
    """Return an amount as the number that it is."""
    if cents is None:
        return None
    return cents // 100 if cents % 100 == 0 else cents / 100


def iso(when: datetime.date | None) -> str | None:
    """Return `2026-03-14`, as values have it."""
    return when.isoformat() if when else None


def listed(entries: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return entries[0] if len(entries) == 1 else f"{', '.join(entries[:-1])} and {entries[-1]}"


def in_words(number: int) -> str:
    """Return a number up to twelve in words."""
    return ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"][
        number
    ]
