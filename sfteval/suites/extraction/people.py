"""Documents about people and their days: meetings, minutes, jobs, animals that look for a home."""

from sfteval.suites.dice import Dice
from sfteval.suites.extraction.details import (
    TOWNS,
    clock,
    coin,
    day,
    full_day,
    hours,
    in_words,
    iso,
    later,
    long_day,
    people,
    person,
    short_day,
    twelve,
    weekday,
)
from sfteval.suites.extraction.schema_parts import date, filled, many, maybe, number, one_of, record, text, time, yes_no
from sfteval.suites.extraction.stems import Written, stems_of

MEETING = record(
    title=text("What the meeting is about, as the text names it in quotation marks or as its heading"),
    date=date("Day on which it takes place in the end"),
    start=time("When it begins"),
    end=maybe(time("When it ends")),
    place=maybe(text("Room or building; null for a call")),
    organiser=text("Full name of who invites"),
    guests=many("Full names of those who are invited; not the organiser", text("A full name")),
)
ROOMS = ("Room 2.14", "Studio B", "Hall North", "Workshop 3", "Annex 12")


def meeting_moved(dice: Dice) -> Written:
    host, *guests = people(dice, dice.whole(3, 5))
    first, start, room = day(dice), clock(dice, 9, 15), dice.pick(ROOMS)
    moved, title = later(first, dice.whole(1, 5)), dice.pick(("Autumn stock", "New shelves", "Parking permits"))
    ends = hours(start + 45) if coin(dice) else None
    said = (
        f'To: {"; ".join(guests)}\nFrom: {host}\nSubject: Moved!\n\nDear all,\n\nour meeting "{title}" cannot be on '
        f"{full_day(first)}, as the heating in {dice.pick(('the cellar', 'the main hall'))} is being replaced. We "
        f"meet on {full_day(moved)} instead, still at {hours(start)}, in {room}. "
    )
    said += f"I promise to let you go at {ends}. " if ends else "I cannot say yet how long it will take. "
    said += f"Please bring last year's figures.\n\nKind regards\n{host.split()[0]}"
    return said, filled(MEETING, title, iso(moved), hours(start), ends, room, host, guests)


def meeting_call(dice: Dice) -> Written:
    host, one, other = people(dice, 3)
    when, start = day(dice), clock(dice, 13, 17)
    title = dice.pick(("Winter timetable", "Website photos", "Volunteer rota"))
    said = (
        f"Hello {one.split()[0]}, hello {other.split()[0]},\nshort video call about the \"{title}\"? I suggest "
        f"{weekday(when)} the {when.day}th of {long_day(when).split(' ', 1)[1]}, from {twelve(start)} to "
        f"{twelve(start + 60)}. Link follows.\n{host}\n\n(sent to {one} and {other})"
    ).replace("21th", "21st").replace("22th", "22nd").replace("23th", "23rd")  # fmt: skip
    return said, filled(MEETING, title, iso(when), hours(start), hours(start + 60), None, host, [one, other])


def meeting_poster(dice: Dice) -> Written:
    host, when, start, room = person(dice), day(dice), clock(dice, 18, 20), dice.pick(ROOMS)
    title = dice.pick(("EVENING FOR PARENTS", "MEETING OF ALL TENANTS", "FOUNDING OF THE GARDEN CLUB"))
    said = (
        f"{title}\n\nWe cordially invite all who like to come: {full_day(when)}, {twelve(start)}, {room}. Doors open "
        f"a quarter of an hour before. No need to register; soup will be served.\n\n{host}, for the house committee"
    )
    return said, filled(MEETING, title, iso(when), hours(start), None, room, host, [])


MINUTES = record(
    group=text("Name of the group that met"),
    date=date("Day of the meeting"),
    chair=text("Full name of the chair"),
    present=many("Full names of the others who were there; not the chair", text("A full name")),
    absent=many("Full names of those who had sent apologies", text("A full name")),
    actions=many(
        "What was agreed to be done",
        record(
            owner=text("Full name of who does it"),
            task=text("The task, as it stands in quotation marks"),
            due=maybe(date("Day by which it is to be done")),
        ),
    ),
)
GROUPS = ("Allotment Society", "Choir Board", "Harbour Museum Friends", "School Kitchen Committee")
TASKS = (
    "repair the gate", "ask for two quotes", "write to the mayor", "order the seed catalogue", "book the bus",
    "count the chairs", "clean the projector", "draft the leaflet", "call the insurance", "test the smoke alarm",
)  # fmt: skip


def minutes_formal(dice: Dice) -> Written:
    chair, *others = people(dice, dice.whole(5, 7))
    group, when, away = dice.pick(GROUPS), day(dice), dice.whole(0, 2)
    absent, present = others[:away], others[away:]
    tasks = [
        (dice.pick([chair, *present]), task, later(when, dice.whole(7, 40)) if coin(dice) else None)
        for task in dice.some(TASKS, dice.whole(2, 4))
    ]
    said = (
        f"MINUTES of the {group}\n{full_day(when)}\nChair: {chair}\nPresent: {', '.join(present)}\nApologies: "
        f"{', '.join(absent) or 'none'}\n\n1. The minutes of {long_day(later(when, -28))} were approved without "
        f"changes.\n2. The treasurer's report was heard; the balance stands at {dice.whole(400, 2900):,} euros, a "
        "little less than in the year before.\n3. There was a long discussion about noise after ten in the evening. "
        "One side pointed out that the hall had been there before the houses, the other that the houses have "
        f"bedrooms. A letter from the neighbours, dated {long_day(later(when, -6))}, was read aloud and put into the "
        "files. It was proposed to move the piano to the back room; as nobody knew whether it fits through the door, "
        "the proposal was withdrawn. No vote was taken.\n4. Actions:\n"
    )
    said += "\n".join(f'   - {who}: "{what}"' + (f", by {long_day(by)}" if by else "") for who, what, by in tasks)
    said += (
        "\n5. Any other business: the key to the cellar is still missing. Whoever has it may put it through the "
        f"letter box, no questions asked.\n6. Next meeting: {full_day(later(when, 35))}, same place. The meeting "
        "closed at 21:40."
    )
    actions = [{"owner": who, "task": what, "due": iso(by)} for who, what, by in tasks]
    return said, filled(MINUTES, group, iso(when), chair, present, absent, actions)


def minutes_told(dice: Dice) -> Written:
    chair, one, two, away = people(dice, 4)
    group, when = dice.pick(GROUPS), day(dice)
    first, second = dice.some(TASKS, 2)
    due = later(when, 7)
    said = (
        f"For those who missed it: the {group} met on {long_day(when)}, with {chair} in the chair. {one} and {two} "
        f"were there as well; {away} had sent apologies because of a cold. We agreed on two things. {one} will "
        f'"{first}" within a week, that is by {short_day(due)}. And {chair} will "{second}", without any hurry. '
        f"{two} wanted to paint the hall blue, but nobody took that up."
    )
    actions = [
        {"owner": one, "task": first, "due": iso(due)},
        {"owner": chair, "task": second, "due": None},
    ]
    return said, filled(MINUTES, group, iso(when), chair, [one, two], [away], actions)


def minutes_brief(dice: Dice) -> Written:
    chair, one = people(dice, 2)
    group, when = dice.pick(GROUPS), day(dice)
    said = dice.pick((
        f"{group}, {full_day(when)}. Only {chair} (chair) and {one} turned up, nobody had sent apologies, so nothing "
        "was agreed and nothing is to be done.",
        f"Note for the files: on {long_day(when)} the {group} met under the chair {chair}. Beside the chair only "
        f"{one} was present. There were no apologies. No tasks were given out.",
    ))  # fmt: skip
    return said, filled(MINUTES, group, iso(when), chair, [one], [], [])


JOB = record(
    title=text("The job, as the text first names it"),
    employer=text("Who is looking for somebody"),
    town=maybe(text("Town of the work; null where one works from home")),
    contract=maybe(one_of("Kind of contract", "permanent", "fixed-term", "freelance")),
    hours_per_week=maybe(number("Hours a week")),
    pay=maybe(
        record(
            least=number("Lowest pay"),
            most=number("Highest pay; the same as the lowest where there is only one"),
            per=one_of("What it is paid for", "hour", "month", "year"),
        )
    ),
    languages=many("Languages that are required", text("A language, in English")),
    apply_by=maybe(date("Last day for applications")),
)
LANGUAGES = ("Danish", "Czech", "Portuguese", "Polish", "Finnish", "Greek")


def job_advert(dice: Dice) -> Written:
    title, employer = dice.pick((
        ("Lock keeper", "Brenna Canal Trust"),
        ("Archive assistant", "Wend Record Office"),
        ("Tram driver", "Lakeside Tramways"),
    ))  # fmt: skip
    town, one, two, three = dice.pick(TOWNS), *dice.some(LANGUAGES, 3)
    least, last = dice.whole(2300, 3100, 50), day(dice)
    week, fixed = dice.pick((30, 37.5, 40)), coin(dice)
    said = (
        f"{title}\n\n{employer} has been part of {town} for {dice.whole(60, 140)} years. To join our team of "
        f"{dice.whole(12, 48)} we are looking for somebody calm, punctual and good with visitors.\n\nWhat we offer\n- "
        f"{least:,} to {least + 450:,} euros a month, depending on experience\n- {week} hours a week, every third "
        f"weekend off duty\n- {'a contract that is limited to two years' if fixed else 'a permanent contract'}\n- "
        f"{dice.whole(27, 32)} days of holiday\n\nWhat you bring\n- fluent {one} and {two}; {three} would be nice, "
        f"but is not required\n- a head for details\n\nApplications, no photograph please, until {long_day(last)}. "
        f"Interviews are planned for the two weeks after {long_day(later(last, 10))}."
    )
    pay = {"least": least, "most": least + 450, "per": "month"}
    contract = "fixed-term" if fixed else "permanent"
    return said, filled(JOB, title, employer, town, contract, week, pay, [one, two], iso(last))


def job_home(dice: Dice) -> Written:
    title = dice.pick(("Subtitle translator", "Crossword editor", "Map proofreader"))
    employer, language, pay = (
        dice.pick(("Papermoon Media", "The Weekly Finch")),
        dice.pick(LANGUAGES),
        dice.whole(24, 41),
    )
    said = (
        f"{title} wanted! {employer} needs a freelance hand, from home, as many or as few hours as you like. We pay "
        f"{pay} euros an hour. You must write {language} without a slip. No deadline: write whenever you read this."
    )
    wage = {"least": pay, "most": pay, "per": "hour"}
    return said, filled(JOB, title, employer, None, "freelance", None, wage, [language], None)


def job_window(dice: Dice) -> Written:
    title, employer = dice.pick((
        ("Baker", "Korn & Kruste"),
        ("Florist", "Stem & Petal"),
        ("Shop assistant", "Mill Street Stores"),
    ))  # fmt: skip
    town, week, last = dice.pick(TOWNS), dice.whole(10, 24), day(dice)
    said = dice.pick((
        f"{title} for {week} hours a week sought by {employer}, {town}. Ask inside, by {long_day(last)}.",
        f"{employer} in {town} is looking for help! {title}, {in_words(week // 5)} mornings, {week} hours a week in "
        f"all. Come in and talk to us until {short_day(last)} {last.year}.",
    ))  # fmt: skip
    return said, filled(JOB, title, employer, town, None, week, None, [], iso(last))


ANIMAL = record(
    name=text("Name of the animal"),
    species=one_of("Kind of animal", "cat", "dog", "rabbit", "parrot", "tortoise"),
    age_months=maybe(number("Age in months")),
    weight_kg=maybe(number("Weight in kilograms")),
    vaccinated=maybe(yes_no("Whether it has been vaccinated")),
    likes=many("What the text says it likes", text("One thing, as the text has it")),
    keeper=text("Full name of the person to ask"),
)
NAMES = ("Bramble", "Miso", "Žofka", "Captain", "Ölaf", "Pepper", "Ginkgo", "Mrs Finch", "Toast", "Señor Luz")
JOYS = ("warm windowsills", "long walks", "cheese", "children", "open boxes", "the radio", "rain")


def animal_card(dice: Dice) -> Written:
    name, species, keeper = dice.pick(NAMES), dice.pick(("cat", "dog", "rabbit")), person(dice)
    years, grams, joys = dice.whole(2, 9), dice.whole(31, 89), dice.some(JOYS, dice.whole(2, 3))
    jab = coin(dice)
    said = (
        f"Name: {name}\nI am a: {species}\nAge: {years} years\nWeight: {grams // 10}.{grams % 10} kg\nVaccinated: "
        f"{'yes' if jab else 'not yet'}\nI like: {', '.join(joys)}\nI do not like: fireworks\nMore about me: ask "
        f"{keeper}"
    )
    return said, filled(ANIMAL, name, species, 12 * years, grams / 10, jab, joys, keeper)


def animal_story(dice: Dice) -> Written:
    name, (keeper, finder), joy = dice.pick(NAMES), people(dice, 2), dice.some(JOYS, 2)
    species = dice.pick(("parrot", "tortoise"))
    months = dice.whole(7, 22)
    said = (
        f"{finder} found {name} in a cardboard box behind the station, and nobody knows how the {species} got there. "
        f"The vet thinks that {name} is {months} months old, and says that everything is as it should be, but forgot "
        f"to put our guest on the scales. {name} likes {joy[0]} and {joy[1]} above all. Whoever has room for an odd "
        f"companion may ring {keeper} in the afternoon."
    )
    return said, filled(ANIMAL, name, species, months, None, None, joy, keeper)


def animal_swap(dice: Dice) -> Written:
    name, keeper, weeks = dice.pick(NAMES), person(dice), dice.pick((12, 24, 36))
    grams = dice.whole(700, 1900, 50)
    said = (
        f"Kitten {name} ({weeks // 4} months, {grams} g, all vaccinations done) is looking for a sofa of its own. Ask "
        f"{keeper}."
    )
    return said, filled(ANIMAL, name, "cat", weeks // 4, grams / 1000, True, [], keeper)


STEMS = (
    *stems_of("meeting", MEETING, moved=meeting_moved, call=meeting_call, poster=meeting_poster),
    *stems_of("minutes", MINUTES, formal=minutes_formal, told=minutes_told, brief=minutes_brief),
    *stems_of("job", JOB, advert=job_advert, home=job_home, window=job_window),
    *stems_of("animal", ANIMAL, card=animal_card, story=animal_story, swap=animal_swap),
)
