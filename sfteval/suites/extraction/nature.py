"""Documents about food, weather and samples: recipes, forecasts, reports of a laboratory."""

from typing import Any

from sfteval.suites.dice import Dice
from sfteval.suites.extraction.details import (
    TOWNS,
    coin,
    day,
    full_day,
    in_words,
    iso,
    later,
    long_day,
    person,
    short_day,
    weekday,
)
from sfteval.suites.extraction.schema_parts import date, filled, many, maybe, number, one_of, record, text, whole
from sfteval.suites.extraction.stems import Written, stems_of

RECIPE = record(
    name=text("Name of the dish"),
    serves=maybe(whole("For how many people")),
    minutes=maybe(whole("Minutes from the first step to the table, all in all")),
    oven_celsius=maybe(whole("Heat of the oven in degrees Celsius")),
    ingredients=many(
        "What goes into it",
        record(
            name=text("The ingredient, without how much"),
            amount=maybe(number("How much; null where the text does not say")),
            unit=maybe(one_of("Its unit; null where things are counted", "g", "ml", "tbsp", "tsp")),
        ),
    ),
)
MEASURED = (("flour", "g", 150, 400, 50), ("milk", "ml", 100, 300, 50), ("grated cheese", "g", 60, 180, 20),
            ("olive oil", "tbsp", 1, 4, 1), ("smoked paprika", "tsp", 1, 3, 1), ("red lentils", "g", 120, 280, 20),
            ("cream", "ml", 80, 200, 20), ("honey", "tbsp", 1, 3, 1))  # fmt: skip
COUNTED = ("eggs", "carrots", "onions", "lemons", "potatoes", "leeks")
PINCHED = ("salt", "black pepper", "nutmeg", "chopped parsley")

Ingredient = tuple[str, int | None, str | None]


def recipe_card(dice: Dice) -> Written:
    name = dice.pick(("Harbour Pie", "Sunday Bake", "Miller's Supper", "Old Ferry Gratin"))
    parts = [*_measured(dice, dice.whole(2, 4)), *_counted(dice, dice.whole(1, 2)), (dice.pick(PINCHED), None, None)]
    serves, heat, time = dice.whole(2, 6), dice.whole(160, 220, 5), dice.whole(35, 95, 5)
    rows = [f"- {amount} {unit} {what}" if unit else f"- {amount or 'some'} {what}" for what, amount, unit in parts]
    said = (
        f"{name}\nServes {serves} · ready in {time} minutes, {time - 20} of which are in the oven\n\n" + "\n".join(rows)
    ) + (
        f"\n\nHeat the oven to {heat} °C. Mix everything in a deep dish, press it flat and bake it until the top is "
        "brown. Let it stand under a cloth while you lay the table; that is part of the time above."
    )
    return said, filled(RECIPE, name, serves, time, heat, _ingredients(parts))


def recipe_grandma(dice: Dice) -> Written:
    name = dice.pick(("poor knights", "thunder soup", "goat herd's stew"))
    (one, two), (three,) = _measured(dice, 2), _counted(dice, 1)
    pinch, serves = dice.pick(PINCHED), dice.whole(3, 8)
    said = (
        f"You wanted to know how I make {name}. For {in_words(serves)} hungry people I take {one[1]} {one[2]} of "
        f"{one[0]} and {two[1]} {two[2]} of {two[0]}, and then {in_words(three[1] or 2)} {three[0]}, which your "
        f"grandfather always had to wash. A little {pinch} goes in as well, how much depends on the moon. It cooks on "
        "the stove, on a small flame, and it is done when it is done; I have never looked at a clock. Do not put "
        "sugar in it, whatever your aunt says."
    )
    return said, filled(RECIPE, name, serves, None, None, _ingredients([one, two, three, (pinch, None, None)]))


def recipe_quick(dice: Dice) -> Written:
    name, (one,), (two,) = (
        dice.pick(("Desk Soup", "Lazy Flatbread", "Rain Bowl")),
        _measured(dice, 1),
        _counted(dice, 1),
    )
    time = dice.whole(4, 12)
    said = f"{name}: {one[1]} {one[2]} {one[0]}, {two[1]} {two[0]}, a hot pan, {time} minutes, done."
    return said, filled(RECIPE, name, None, time, None, _ingredients([one, two]))


def _measured(dice: Dice, num: int) -> list[Ingredient]:
    return [(what, dice.whole(least, most, step), unit) for what, unit, least, most, step in dice.some(MEASURED, num)]


def _counted(dice: Dice, num: int) -> list[Ingredient]:
    return [(what, dice.whole(2, 6), None) for what in dice.some(COUNTED, num)]


def _ingredients(parts: list[Ingredient]) -> list[dict[str, Any]]:
    return [{"name": what, "amount": amount, "unit": unit} for what, amount, unit in parts]


FORECAST = record(
    place=text("Place of the forecast"),
    date=date("Day of the forecast"),
    sky=one_of("What the day is mostly like", "sunny", "cloudy", "rain", "snow", "fog"),
    high_celsius=whole("Highest temperature of the day"),
    low_celsius=maybe(whole("Lowest temperature of the day")),
    wind_kmh=maybe(whole("Speed of the wind in km/h, gusts aside")),
    rain_percent=maybe(whole("Probability of rain in percent")),
    warning=maybe(one_of("Official warning that is in force", "storm", "frost", "heat", "flood")),
)


def forecast_bulletin(dice: Dice) -> Written:
    place, when, high = dice.pick(TOWNS), day(dice, range(4, 11)), dice.whole(11, 19)
    low, wind, rain = high - dice.whole(4, 8), dice.whole(18, 38), dice.whole(70, 95, 5)
    storm = coin(dice)
    said = (
        f"BULLETIN for {place}, issued on {long_day(later(when, -1))} for {full_day(when)}\nYesterday's high was "
        f"{high + 3} degrees. On {weekday(when)} it will rain for most of the day, with a chance of {rain} percent; "
        f"only towards the evening the sun may show itself for an hour. Highest temperature {high}, lowest {low} "
        f"degrees Celsius. Wind from the west at {wind} km/h, in gusts up to {wind + 37}. "
    )
    said += (
        "A storm warning is in force until midnight." if storm else "The storm warning of yesterday has been lifted."
    )
    return said, filled(FORECAST, place, iso(when), "rain", high, low, wind, rain, "storm" if storm else None)


def forecast_post(dice: Dice) -> Written:
    place, when, high = dice.pick(TOWNS), day(dice, range(6, 9)), dice.whole(24, 37)
    heat = high > 31
    said = f"{place}, {long_day(when)}: sunshine from dawn to dusk, up to {high} °C."
    said += " Heat warning in force, drink enough!" if heat else " No warnings."
    return said, filled(FORECAST, place, iso(when), "sunny", high, None, None, None, "heat" if heat else None)


def forecast_winter(dice: Dice) -> Written:
    place, other, when, low, wind = *dice.some(TOWNS, 2), day(dice, (1, 2, 11, 12)), dice.whole(4, 14), dice.whole(3, 9)
    said = (
        f"Good morning from the weather desk. Snow is what most of {full_day(when)} will bring to {place}: it begins "
        f"before breakfast and does not stop until night, and with hardly any wind, at {wind} km/h, the flakes come "
        f"down straight. Do not hope for more than minus {low // 4} at noon; in the night the thermometer falls to "
        f"minus {low}, and so a frost warning is in force for the whole valley. In {other} they have fog instead, "
        "with 2 degrees above zero."
    )
    return said, filled(FORECAST, place, iso(when), "snow", -(low // 4), -low, wind, None, "frost")


LAB = record(
    subject=text("Who or what was examined, by name"),
    sampled=date("Day on which the sample was taken"),
    material=one_of("What was examined", "blood", "urine", "water", "soil"),
    laboratory=maybe(text("Name of the laboratory")),
    results=many(
        "What was measured",
        record(
            test=text("What was measured, as the text names it"),
            value=number("The value"),
            unit=text("Its unit, as written"),
            flag=one_of("Where the text puts the value", "low", "normal", "high"),
        ),
    ),
)
BLOOD = (("Haemoglobin", "g/dL", 120, 160), ("Ferritin", "µg/L", 300, 2000), ("Glucose", "mg/dL", 700, 990),
         ("Potassium", "mmol/L", 36, 51), ("Creatinine", "mg/dL", 6, 11))  # fmt: skip
LABORATORIES = ("Labor Weißbach", "Medilab Nord", "Institut Corvin")


def lab_table(dice: Dice) -> Written:
    subject, when, where = person(dice), day(dice), dice.pick(LABORATORIES)
    results, rows = [], []
    for test, unit, least, most in dice.some(BLOOD, dice.whole(3, 5)):
        flag = dice.pick(("low", "normal", "normal", "high"))
        tenths = {"low": least - 5, "normal": (least + most) // 2, "high": most + 7}[flag]
        results.append({"test": test, "value": tenths / 10, "unit": unit, "flag": flag})
        mark = {"low": " L", "normal": "", "high": " H"}[flag]
        rows.append(f"{test:<14} {tenths / 10:>7} {unit:<8} ({least / 10} - {most / 10}){mark}")
    said = (
        f"{where}\nPatient: {subject}    Report of {long_day(later(when, 2))}\nMaterial: venous blood, taken on "
        f"{long_day(when)}\n\n" + "\n".join(rows) + "\n\nL = below, H = above the range in brackets. Ordered by Dr. "
        f"{person(dice)}."
    )
    return said, filled(LAB, subject, iso(when), "blood", where, results)


def lab_well(dice: Dice) -> Written:
    subject, when = dice.pick(("Foxhill Spring", "Kirchberg Well", "Fontaine-aux-Loups")), day(dice)
    nitrate, lead, hard = dice.whole(12, 40), dice.whole(12, 29), dice.whole(8, 17)
    said = (
        f"Dear members, on {full_day(when)} we filled three bottles at the {subject} and sent them away; on "
        f"{short_day(later(when, 9))} the answer came. Nitrate is at {nitrate} mg/L, which is normal. Lead, however, "
        f"is too high, with {lead} µg/L where 10 would be allowed, so please do not drink the water for now. "
        f"Hardness, at {hard} °dH, is normal for our hills. A new sample of the water will be taken next month."
    )
    results = [
        {"test": "Nitrate", "value": nitrate, "unit": "mg/L", "flag": "normal"},
        {"test": "Lead", "value": lead, "unit": "µg/L", "flag": "high"},
        {"test": "Hardness", "value": hard, "unit": "°dH", "flag": "normal"},
    ]
    return said, filled(LAB, subject, iso(when), "water", None, results)


def lab_garden(dice: Dice) -> Written:
    subject, when, where = dice.pick(("Plot 7", "Plot 12b", "Upper Meadow")), day(dice), dice.pick(LABORATORIES)
    acid, humus = dice.whole(48, 59), dice.whole(21, 38)
    said = (
        f"{where} on the soil of {subject}, sampled {long_day(when)}: phosphate {acid // 3} mg/100g, low; humus "
        f"{humus / 10} %, normal."
    )
    results = [
        {"test": "phosphate", "value": acid // 3, "unit": "mg/100g", "flag": "low"},
        {"test": "humus", "value": humus / 10, "unit": "%", "flag": "normal"},
    ]
    return said, filled(LAB, subject, iso(when), "soil", where, results)


STEMS = (
    *stems_of("recipe", RECIPE, card=recipe_card, grandma=recipe_grandma, quick=recipe_quick),
    *stems_of("forecast", FORECAST, bulletin=forecast_bulletin, post=forecast_post, winter=forecast_winter),
    *stems_of("lab", LAB, table=lab_table, well=lab_well, garden=lab_garden),
)
