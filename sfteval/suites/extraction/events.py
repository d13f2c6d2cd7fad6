"""Documents about what takes place: journeys, evenings on a stage, matches."""

from itertools import pairwise

from sfteval.suites.dice import Dice
from sfteval.suites.extraction.details import (
    INLAND,
    LAST,
    PORTS,
    clock,
    coin,
    day,
    figures,
    full_day,
    hours,
    iso,
    later,
    long_day,
    person,
    twelve,
)
from sfteval.suites.extraction.schema_parts import date, filled, many, maybe, number, one_of, record, text, time, whole
from sfteval.suites.extraction.stems import Written, stems_of

TRIP = record(
    traveller=text("Full name of who travels"),
    reference=maybe(text("Booking reference")),
    legs=many(
        "Parts of the journey that will take place",
        record(
            by=one_of("How", "train", "bus", "ferry", "flight"),
            number=maybe(text("Number of the train, bus, ferry or flight, as written")),
            start=text("Town where it begins"),
            end=text("Town where it ends"),
            date=date("Day on which it begins"),
            departs=time("When it leaves"),
            arrives=maybe(time("When it arrives")),
        ),
    ),
)


def trip_ticket(dice: Dice) -> Written:
    who, when, reference = person(dice), day(dice), f"{dice.pick('QXZ')}{dice.whole(100, 999)}{dice.pick('FGH')}"
    towns, leave = dice.some(INLAND, 3), clock(dice, 6, 9)
    legs, rows = [], []
    for start, end in pairwise(towns):
        by, number, ride = *dice.pick((("train", f"IC {dice.whole(100, 899)}"), ("bus", f"N{dice.whole(10, 79)}"))), 95
        legs.append(_leg(by, number, start, end, iso(when), hours(leave), hours(leave + ride)))
        rows.append(f"{hours(leave)} {start} - {hours(leave + ride)} {end}   {by.upper()} {number}, 2nd class")
        leave += ride + dice.whole(20, 50, 5)
    said = (
        f"BOOKING {reference}\nPassenger: {who}\nDay of travel: {full_day(when)}\n\n"
        + "\n".join(rows)
        + f"\n\nBooked on "
        f"{long_day(later(when, -30))}. Seats are not reserved. Keep this page with you."
    )
    return said, filled(TRIP, who, reference, legs)


def trip_mail(dice: Dice) -> Written:
    who, when = person(dice), day(dice)
    (home, away), coast = dice.some(INLAND, 2), dice.pick(PORTS)
    leave, back = clock(dice, 6, 8), clock(dice, 15, 17)
    number = f"{dice.pick('KLB')}{dice.pick('XYZ')} {dice.whole(101, 989)}"
    home_again = later(when, dice.whole(2, 3))
    said = (
        f"Hello {who.split()[0]},\n\nhere is your plan, all booked in the name of {who}. On {full_day(when)} you fly "
        f"from {home} to {away} with {number}, departure {twelve(leave)}; when you land I do not know, it depends on "
        f"the wind. The ferry to {coast} that I had found first no longer runs, so you stay in {away}. On "
        f"{full_day(home_again)} you take the train back to {home}: it leaves {away} at {hours(back)} and arrives at "
        f"{hours(back + 210)}. Any train of that day will do, the ticket names none.\n\nHave a good time!\n"
        f"{person(dice).split()[0]}"
    )
    legs = [
        _leg("flight", number, home, away, iso(when), hours(leave), None),
        _leg("train", None, away, home, iso(home_again), hours(back), hours(back + 210)),
    ]
    return said, filled(TRIP, who, None, legs)


def trip_text(dice: Dice) -> Written:
    who, when, (start, end) = person(dice), day(dice), dice.some(PORTS, 2)
    leave, number = clock(dice, 7, 18), f"F{dice.whole(2, 9)}"
    said = dice.pick((
        f"Reminder for {who}: ferry {number} {start}-{end}, {long_day(when)}, {hours(leave)}. Be there 40 minutes "
        "earlier.",
        f"{who}, your ferry {number} from {start} to {end} leaves on {full_day(when)} at {twelve(leave)}. Gates close "
        "ten minutes before.",
    ))  # fmt: skip
    return said, filled(TRIP, who, None, [_leg("ferry", number, start, end, iso(when), hours(leave), None)])


def _leg(*values: str | None) -> dict[str, str | None]:
    return filled(TRIP["properties"]["legs"]["items"], *values)


EVENT = record(
    title=text("Title of the event"),
    date=date("Day"),
    doors=maybe(time("When the doors open")),
    begins=time("When it begins"),
    venue=text("Name of the place"),
    acts=many("Who plays, reads or speaks, by name", text("One name, as written")),
    tickets=many(
        "Prices that the text names; none where entry is free",
        record(group=text("For whom, as written"), price=number("Price in euros")),
    ),
    tickets_left=maybe(whole("How many tickets are left, 0 where it is sold out")),
)
BANDS = ("The Copper Larks", "Trio Ponte", "Nattjazz Ensemble", "DJ Überseh", "Las Hermanas Ruiz", "Kvartet Vltava")
VENUES = ("Kulturhaus Anker", "Silo 9", "Teatro Minimo", "Old Post Office")


def event_poster(dice: Dice) -> Written:
    title, when, acts = (
        dice.pick(("MOONLIGHT SESSIONS", "BRASS & BISCUITS", "NOISE FOR NICE PEOPLE")),
        day(dice),
        dice.some(BANDS, dice.whole(2, 4)),
    )
    venue, begins, price = dice.pick(VENUES), clock(dice, 19, 21), dice.whole(12, 28)
    rest = dice.whole(5, 60) if coin(dice) else None
    said = (
        f"* {title} *\n{' + '.join(acts)}\n{full_day(when)}\n{venue}\nDoors {hours(begins - 60)} / Show "
        f"{hours(begins)}\nAdults €{price}, Students €{price - 5}"
    )
    said += f"\nOnly {rest} tickets left!" if rest else "\nPlease come by bicycle."
    tickets = [{"group": "Adults", "price": price}, {"group": "Students", "price": price - 5}]
    return said, filled(EVENT, title, iso(when), hours(begins - 60), hours(begins), venue, acts, tickets, rest)


def event_press(dice: Dice) -> Written:
    act, guest, host = dice.some(LAST, 3)
    first = dice.some(("Eline", "Ruben", "Sibylle", "Tadeusz", "Vera"), 2)
    title, when, venue = (
        dice.pick(("Salt and Iron", "The Quiet Atlas", "Letters from the Dyke")),
        day(dice),
        dice.pick(VENUES),
    )
    begins, price = clock(dice, 18, 20), dice.whole(6, 14)
    said = (
        f"After two evenings that had to be cancelled in spring, readers may look forward to {full_day(when)}. Then "
        f"{first[0]} {act} and {first[1]} {guest} read from their new books at {venue}; the evening is called "
        f'"{title}" '
        f"and begins at {twelve(begins)}. The bookseller {host} will have copies on a table, but does not take part. "
        "Tickets "
        f'are {price} euros ("regular"), there is no other price. All {dice.whole(40, 90)} seats were gone within a '
        "day, so that whoever has none now has to stay at home: not one is left."
    )
    acts, tickets = [f"{first[0]} {act}", f"{first[1]} {guest}"], [{"group": "regular", "price": price}]
    return said, filled(EVENT, title, iso(when), None, hours(begins), venue, acts, tickets, 0)


def event_free(dice: Dice) -> Written:
    title, when = dice.pick(("Picnic Opera", "Tower Horns", "Open Rehearsal")), day(dice)
    act, venue, begins = dice.pick(BANDS), dice.pick(VENUES), clock(dice, 13, 17)
    said = dice.pick((
        f"{title} with {act}: {figures(when)}, {hours(begins)}, {venue}, entry free.",
        f"Free entry! On {long_day(when)} at {twelve(begins)}, {act} will be heard at {venue}. The event goes by the "
        f"name of {title}.",
    ))  # fmt: skip
    return said, filled(EVENT, title, iso(when), None, hours(begins), venue, [act], [], None)


MATCH = record(
    sport=one_of("Sport", "football", "handball", "ice hockey", "basketball"),
    date=date("Day of the match"),
    home=record(team=text("The team that plays at home"), points=whole("Its goals or points in the end")),
    away=record(team=text("The team that is the guest"), points=whole("Its goals or points in the end")),
    spectators=maybe(whole("How many looked on")),
    goals=many(
        "Single goals that the text tells of, with their scorer",
        record(player=text("Last name of the scorer"), minute=whole("Minute")),
    ),
)
TEAMS = ("Rovers Wick", "SV Düren", "Athlétic Nîmes", "Lokomotiv Brno", "Turku Kings", "Red Star Hull")


def match_report(dice: Dice) -> Written:
    (home, away), when = dice.some(TEAMS, 2), day(dice)
    scorers, minutes = dice.some(LAST, 4), sorted({dice.whole(3, 29), dice.whole(31, 44), dice.whole(50, 88)})
    crowd = dice.whole(1200, 9800)
    said = (
        f"{home} - {away} 2:1 (1:1)\nIn front of {crowd:,} spectators {home} won their football match of "
        f"{full_day(when)} against {away}. The guests had come with three wins in a row behind them, and after "
        f"{minutes[0]} minutes {scorers[0]} put them ahead. {scorers[1]} equalised with a header in minute "
        f"{minutes[1]}. When everybody was waiting for the final whistle, {scorers[2]} scored the winner, in minute "
        f"{minutes[2]}. A goal by {scorers[3]} had not counted because of offside. In the first match, in spring, "
        f"{away} had won 3:0."
    )
    goals = [{"player": who, "minute": minute} for who, minute in zip(scorers, minutes, strict=False)]
    sides = {"team": home, "points": 2}, {"team": away, "points": 1}
    return said, filled(MATCH, "football", iso(when), *sides, crowd, goals)


def match_ticker(dice: Dice) -> Written:
    (home, away), when = dice.some(TEAMS, 2), day(dice)
    sport, one, other = dice.pick((("handball", 31, 27), ("basketball", 88, 79), ("ice hockey", 4, 2)))
    other += dice.whole(0, 5) if sport != "ice hockey" else 3
    said = f"FINAL | {sport} | {figures(when)} | {home} (home) {one} - {other} {away}"
    return said, filled(
        MATCH, sport, iso(when), {"team": home, "points": one}, {"team": away, "points": other}, None, []
    )


def match_letter(dice: Dice) -> Written:
    (home, away), when, who = dice.some(TEAMS, 2), day(dice), dice.pick(LAST)
    minute, crowd = dice.whole(52, 59), dice.whole(150, 900, 10)
    said = (
        f"Dear diary, today, {long_day(when)}, I saw my first ice hockey match. {away} were the guests of {home}. I "
        "counted four goals for the guests and three for the others, but I was looking for my gloves when most of "
        f"them fell. The only one I really saw was the last, by {who}, in minute {minute}. The hall holds 2,000; the "
        f"loudspeaker said that {crowd} of us had come."
    )
    return said, filled(
        MATCH, "ice hockey", iso(when), {"team": home, "points": 3}, {"team": away, "points": 4}, crowd,
        [{"player": who, "minute": minute}],
    )  # fmt: skip


STEMS = (
    *stems_of("trip", TRIP, ticket=trip_ticket, mail=trip_mail, text=trip_text),
    *stems_of("event", EVENT, poster=event_poster, press=event_press, free=event_free),
    *stems_of("match", MATCH, report=match_report, ticker=match_ticker, letter=match_letter),
)
