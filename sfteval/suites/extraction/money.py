"""Documents about money: bills, things for sale, flats to let."""

from typing import Any

from sfteval.suites.dice import Dice
from sfteval.suites.extraction.details import (
    STREETS,
    TOWNS,
    amount,
    coin,
    day,
    figures,
    full_day,
    in_words,
    iso,
    later,
    listed,
    long_day,
    money,
    person,
    short_day,
)
from sfteval.suites.extraction.schema_parts import (
    date,
    filled,
    many,
    maybe,
    number,
    one_of,
    record,
    text,
    whole,
    yes_no,
)
from sfteval.suites.extraction.stems import Written, stems_of

CURRENCIES = ("EUR", "GBP", "CHF", "USD")

BILL = record(
    number=maybe(text("Number of the bill")),
    seller=text("Who asks for the money, the name alone"),
    date=date("Day of the bill"),
    due=maybe(date("Last day for the payment")),
    currency=one_of("Currency", *CURRENCIES),
    lines=many(
        "What is charged for",
        record(item=text("Name of the item"), quantity=whole("How many"), unit_price=number("Price of one")),
    ),
    discount=maybe(number("Amount taken off, above 0")),
    total=number("Amount to pay in the end"),
)
SELLERS = ("Hansson & Daughter Joinery", "Studio Kvist", "Ferrante Ceramics", "Blue Door Print", "Ateliers Néret")
WARES = (
    ("oak shelf", 4850), ("wall bracket", 675), ("glazed tile", 390), ("picture frame", 2340), ("linen apron", 3195),
    ("tin lantern", 1825), ("folding stool", 5400), ("brass hook", 260), ("wool blanket", 7990), ("birch tray", 2105),
)  # fmt: skip
DRINKS = (("flat white", 340), ("pot of mint tea", 410), ("oat latte", 395), ("still lemonade", 360))
CAKES = (("walnut tart", 480), ("cinnamon bun", 325), ("cheese scone", 290), ("almond slice", 415))
JOBS = (("hour of labour", 5600), ("litre of gear oil", 1450), ("brake cable", 780), ("inner tube", 650))


def bill_formal(dice: Dice) -> Written:
    seller, when = dice.pick(SELLERS), day(dice)
    currency, wares = dice.pick(CURRENCIES[:3]), dice.some(WARES, dice.whole(2, 4))
    lines = [(item, dice.whole(1, 9), price) for item, price in wares]
    off = dice.whole(200, 900, 50) if coin(dice) else None
    total = sum(quantity * price for _, quantity, price in lines) - (off or 0)
    name, due = f"{dice.whole(2, 9)}0{dice.whole(11, 99)}-{dice.pick('ABK')}", later(when, 30) if coin(dice) else None
    rows = [f"{quantity:>3}  {item:<18} {money(price):>9}" for item, quantity, price in lines]
    parts = [
        f"{seller}\n{dice.whole(2, 90)} {dice.pick(STREETS)}, {dice.pick(TOWNS)}\n",
        f"INVOICE No. {name}\nDate: {long_day(when)}\nYour order of {long_day(later(when, -9))}\n",
        f"All prices in {currency}\nQty  Item               Unit price",
        *rows,
        f"Loyalty discount  -{money(off)}" if off else "",
        f"Amount due  {money(total)}",
        f"Payable by {long_day(due)}." if due else "Paid in cash, with thanks.",
    ]
    return "\n".join(part for part in parts if part), filled(
        BILL, name, seller, iso(when), iso(due), currency, _lines(lines), amount(off), amount(total)
    )


def bill_mail(dice: Dice) -> Written:
    seller, when = dice.pick(("Pedal & Chain", "Veloland Süd", "The Wheel Yard")), day(dice)
    currency, sign = dice.pick((("EUR", "€"), ("GBP", "£")))
    jobs = dice.some(JOBS, 2)
    lines = [(item, dice.whole(2, 4), price) for item, price in jobs]
    total = sum(quantity * price for _, quantity, price in lines)
    charged = [f"{in_words(quantity)} times {item} at {sign}{money(price)} each" for item, quantity, price in lines]
    due = later(when, 14)
    body = (
        f"Date: {full_day(when)}\nSubject: Your bicycle is ready\n\nDear {person(dice)},\n\nyour bicycle has been "
        f"waiting for you since yesterday. We have charged {listed(charged)}, which makes {sign}{money(total)}; the "
        "new bell is a present of the house. "
    )
    name = f"R{dice.whole(1000, 9999)}" if coin(dice) else None
    body += f"Please quote {name} when you pay. " if name else ""
    body += f"You can pay at the counter or by transfer, until {short_day(due)} {due.year} at the latest. "
    body += f"Last year's service cost you {sign}{money(total + 1250)}, by the way.\n\nThe team of {seller}"
    return body, filled(BILL, name, seller, iso(when), iso(due), currency, _lines(lines), None, amount(total))


def bill_receipt(dice: Dice) -> Written:
    seller, when = dice.pick(("Café Morgenrot", "The Tin Kettle", "Pâtisserie Huit")), day(dice)
    wares = [*dice.some(DRINKS, dice.whole(1, 2)), *dice.some(CAKES, dice.whole(1, 3))]
    lines = [(item, dice.whole(1, 3), price) for item, price in wares]
    off = 100 if coin(dice) else None
    total = sum(quantity * price for _, quantity, price in lines) - (off or 0)
    rows = [f"{quantity} x {item} @ {money(price)}" for item, quantity, price in lines]
    rows += ["own cup -1.00"] if off else []
    given = (total // 1000 + 1) * 1000
    said = "\n".join([
        f"*** {seller} ***", f"{figures(when)}  table {dice.whole(1, 14)}", *rows, f"TOTAL EUR {money(total)}",
        f"cash {money(given)}  change {money(given - total)}", "Thank you, see you soon!",
    ])  # fmt: skip
    return said, filled(BILL, None, seller, iso(when), None, "EUR", _lines(lines), amount(off), amount(total))


def _lines(lines: list[tuple[str, int, int]]) -> list[dict[str, Any]]:
    return [{"item": item, "quantity": quantity, "unit_price": amount(price)} for item, quantity, price in lines]


PRODUCT = record(
    name=text("Name of the product, without its maker"),
    maker=maybe(text("Who makes it")),
    price=maybe(record(amount=number("What it costs now"), currency=one_of("Currency", *CURRENCIES))),
    weight_g=maybe(whole("Weight in grams; of two that are named, the one that the text trusts")),
    colours=many("Colours that can be bought", text("A colour")),
    guarantee_years=maybe(whole("Years of guarantee")),
    waterproof=maybe(yes_no("Whether the text says that it is waterproof, or that it is not")),
)
MAKERS = ("Ekholm", "Tarn & Fell", "Maison Brume", "Ōkami Works", "Nordlys")
COLOURS = ("moss green", "rust", "sand", "ink blue", "slate grey", "mustard")
SIGNS = (("EUR", "€"), ("GBP", "£"), ("USD", "$"))


def _price(cents: int, currency: str) -> dict[str, Any]:
    return {"amount": amount(cents), "currency": currency}


def product_blurb(dice: Dice) -> Written:
    name, maker = dice.pick(("Wanderer 22", "Fjellbag Mini", "Drover Pack")), dice.pick(MAKERS)
    (currency, sign), cents, colours = dice.pick(SIGNS), dice.whole(6, 19) * 1000 - 5, dice.some(COLOURS, 3)
    grams, years = dice.whole(610, 990, 10), dice.whole(2, 8) if coin(dice) else None
    said = (
        f"Meet the {name}, the new daypack from {maker}. It weighs just {grams} g, half as much as the steel frame of "
        "our first pack, and swallows a tent, two jumpers and a loaf of bread. The rolled top keeps showers off, but "
        f"do not take it swimming: it is not waterproof. Yours in {listed(colours[:2])}; the {colours[2]} of last "
        f"season is sold out. Until now {sign}{money(cents + 2000)}, from today {sign}{money(cents)}."
    )
    said += f" We mend or replace it for {in_words(years)} years, no questions asked." if years else ""
    return said, filled(PRODUCT, name, maker, _price(cents, currency), grams, colours[:2], years, False)


def product_line(dice: Dice) -> Written:
    name, colour = dice.pick(("Pip kettle", "Alma desk lamp", "Rondo alarm clock")), dice.pick(COLOURS)
    (currency, sign), cents = dice.pick(SIGNS), dice.whole(18, 75) * 100
    said = dice.pick((
        f"{name}, {colour} only, {sign}{money(cents)} while stocks last.",
        f"New on our shelves for {sign}{money(cents)}: the {name} in {colour}.",
    ))  # fmt: skip
    return said, filled(PRODUCT, name, None, _price(cents, currency), None, [colour], None, None)


def product_review(dice: Dice) -> Written:
    name, maker = dice.pick(("Kite Shell", "Regnjakke Solo", "Cloudbreak")), dice.pick(MAKERS)
    colours = dice.some(COLOURS, 2)
    grams, years = dice.whole(280, 460, 5), dice.whole(3, 10)
    said = (
        f"Three stars. I have worn the {name} by {maker} for a whole autumn now. Sold as a jacket of 300 grams, on my "
        f"kitchen scales it comes to {grams}, and I trust the scales. It stood eleven hours of rain above the fjord "
        "and not a drop came through, so yes, it is waterproof as promised. What I dislike is the zip, and that it "
        f"comes in {listed(colours)} and in nothing else. My sister got hers as a gift and so did I, so do not ask me "
        "what it costs. "
    )
    told = coin(dice)
    said += f"{maker} gives {in_words(years)} years of guarantee." if told else "I have lost the guarantee card."
    return said, filled(PRODUCT, name, maker, None, grams, colours, years if told else None, True)


FLAT = record(
    town=text("Town"),
    street=maybe(text("Street, with the house number where the text has one")),
    rooms=whole("Number of rooms"),
    area_m2=number("Living area in square metres"),
    rent=number("Rent for one month, without extra costs"),
    deposit=maybe(number("Deposit")),
    storey=maybe(whole("Storey; the ground floor is 0")),
    free_from=maybe(date("First day on which one can move in")),
    pets=maybe(yes_no("Whether pets are allowed")),
)


def flat_advert(dice: Dice) -> Written:
    town, street = dice.pick(TOWNS), f"{dice.pick(STREETS)} {dice.whole(1, 88)}"
    rooms, area, rent = dice.whole(2, 5), dice.whole(450, 1190, 5), dice.whole(640, 1580, 10)
    free, storey = day(dice), dice.whole(1, 4)
    pets = dice.pick((True, False, None))
    said = (
        f"{town}, {street}. Bright flat of {rooms} rooms on storey {storey} of a house with six storeys, "
        f"{area // 10}.{area % 10} m². Rent {rent} euros a month, plus about 180 for heating and water. Deposit "
        f"{2 * rent:,} euros. Free from {long_day(free)}."
    )
    said += {True: " Pets are welcome.", False: " Sorry, no pets.", None: " Cellar and bicycle shed."}[pets]
    return said, filled(FLAT, town, street, rooms, area / 10, rent, 2 * rent, storey, iso(free), pets)


def flat_mail(dice: Dice) -> Written:
    one, town, other = person(dice), *dice.some(TOWNS, 2)
    rooms, area, rent, ground = dice.whole(2, 4), dice.whole(48, 96), dice.whole(700, 1300, 25), coin(dice)
    low, high = "on the ground floor, with a door to the garden", "right under the roof, in which storey I forget"
    said = (
        f"Hi {one.split()[0]},\n\nyou asked about my flat, since I am moving to {other} for the new job. It is in "
        f"{town}, {low if ground else high}. There are {in_words(rooms)} rooms and {area} square metres in all; I pay "
        f"{rent} a month without the extras, and last year it was {rent - 40}. My cat has lived here happily and the "
        "landlady likes animals, so bring the dog. When it becomes free is for her to say, and the deposit you would "
        f"settle with her too.\n\nBest\n{person(dice).split()[0]}"
    )
    return said, filled(FLAT, town, None, rooms, area, rent, None, 0 if ground else None, None, True)


def flat_notice(dice: Dice) -> Written:
    town, street, free = dice.pick(TOWNS), dice.pick(STREETS), day(dice)
    area, rent = dice.whole(21, 34), dice.whole(390, 560, 5)
    said = dice.pick((
        f"TO LET: one room, {area} m², {street}, {town}. {rent}/month, deposit {rent}. From {figures(free)}. No pets!",
        f"Student looking for a successor: single room of {area} m² in {street}, {town}, {rent} a month and one "
        f"month's rent as deposit, from {long_day(free)}. The house rules forbid pets.",
    ))  # fmt: skip
    return said, filled(FLAT, town, street, 1, area, rent, rent, None, iso(free), False)


STEMS = (
    *stems_of("bill", BILL, formal=bill_formal, mail=bill_mail, receipt=bill_receipt),
    *stems_of("product", PRODUCT, blurb=product_blurb, line=product_line, review=product_review),
    *stems_of("flat", FLAT, advert=flat_advert, mail=flat_mail, notice=flat_notice),
)
