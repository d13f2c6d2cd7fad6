"""Documents about what does not work: reports of faults in programs, talks with customers, notices of works."""

from sfteval.suites.dice import Dice
from sfteval.suites.extraction.details import (
    STREETS,
    TOWNS,
    amount,
    coin,
    day,
    full_day,
    hours,
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
    time,
    whole,
    yes_no,
)
from sfteval.suites.extraction.stems import Written, stems_of

FAULT = record(
    program=text("Name of the program, without its version"),
    version=maybe(text("Version in which it fails")),
    system=maybe(one_of("Operating system on which it fails", "Windows", "macOS", "Linux", "Android", "iOS")),
    happens=one_of("How often it fails", "always", "sometimes", "once"),
    message=maybe(text("Error message, word for word, without quotation marks")),
    files_kb=many("Sizes of the files that were tried, in kB", whole("A size")),
    workaround=yes_no("Whether the text names a way around it"),
    reporter=maybe(text("Full name of who reports it")),
)
PROGRAMS = ("Inkpot", "TideTable", "Moss Player", "Ledgerly", "Atlas-Ω")
MESSAGES = (
    "E-117: page cannot be drawn",
    "unexpected end of scroll",
    "Fatal: clock is in the past",
    "no such colour: none",
)


def fault_form(dice: Dice) -> Written:
    program, who, sizes = dice.pick(PROGRAMS), person(dice), [dice.whole(20, 900) for _ in range(3)]
    new, old = f"4.{dice.whole(1, 9)}.{dice.whole(0, 9)}", f"3.{dice.whole(1, 9)}"
    system, other, message = *dice.some(("Windows", "macOS", "Linux"), 2), dice.pick(MESSAGES)
    around = coin(dice)
    said = (
        f"### {program} crashes when it saves\n\n**Reported by:** {who}\n**Version:** {new} (it was fine in {old})\n"
        f"**System:** {system}; a colleague on {other} does not see it\n\n**Steps**\n1. Open any file. I tried "
        f"{sizes[0]} kB, {sizes[1]} kB and {sizes[2]} kB.\n2. Change one letter.\n3. Save.\n\n**What happens, every "
        f"single time**\nThe window goes white, then a box says\n\n    {message}\n\nand the program closes. The file "
        "on the disk is unchanged.\n\n**What should happen**\nIt should save the file and stay open.\n\n**Way around "
        "it**\n"
    )
    said += "Saving under another name works." if around else "Not that I could find one."
    return said, filled(FAULT, program, new, system, "always", message, sizes, around, who)


def fault_angry(dice: Dice) -> Written:
    program, version, size = dice.pick(PROGRAMS), f"{dice.whole(2, 8)}.{dice.whole(0, 9)}", dice.whole(1, 9) * 100
    system = dice.pick(("Android", "iOS"))
    said = dice.pick((
        f"{program} {version} on my {system} phone swallowed a note of {size} kB. Only happened once, but once is "
        "enough!!! No message, no way to get it back.",
        f"one time, ONE time only, but it was my wedding speech: {program} ({system}, version {version}) lost a file "
        f"of {size} kB without saying a word, and nothing brings it back",
    ))  # fmt: skip
    return said, filled(FAULT, program, version, system, "once", None, [size], False, None)


def fault_forum(dice: Dice) -> Written:
    program, message, menu = dice.pick(PROGRAMS), dice.pick(MESSAGES), dice.pick(("Export", "Print", "Share"))
    said = (
        f"Has anybody else seen this? Now and then, perhaps every tenth time, {program} stops when I choose {menu} "
        "and "
        f'shows "{message}". I do not know which version it is, the help page does not open either. It makes no '
        "difference how large the file is. I run it on Linux. What helps is to wait for a minute before I choose "
        f"{menu}; then it has never failed yet. For comparison, my old typewriter has worked since 1968."
    )
    return said, filled(FAULT, program, None, "Linux", "sometimes", message, [], True, None)


TICKET = record(
    customer=text("Full name of the customer"),
    order=maybe(text("Number of the order")),
    items=many(
        "Items that are complained about",
        record(
            name=text("The item that was ordered, as the text first names it"),
            problem=one_of("What is wrong", "damaged", "missing", "wrong item", "late"),
        ),
    ),
    outcome=one_of("What was agreed", "refund", "replacement", "nothing yet"),
    refund=maybe(number("Money that the customer gets back, in euros")),
    arrives_by=maybe(date("Day by which something will be sent or paid, as promised")),
)
FRAGILE = ("teapot", "desk lamp", "wall clock", "mirror", "fruit bowl", "chess set")
GOODS = ("teapot", "desk lamp", "rain jacket", "chess set", "hammock", "wall clock")


def ticket_chat(dice: Dice) -> Written:
    who, clerk, item = person(dice), dice.pick(("Mika", "Toni", "Sascha")), dice.pick(FRAGILE)
    order, when, cents = f"{dice.whole(10, 99)}-{dice.whole(1000, 9999)}", day(dice), dice.whole(1200, 8900, 5)
    by = later(when, dice.whole(3, 6))
    said = (
        f"[{long_day(when)}]\n{clerk}: Hello, this is {clerk} from the shop. Who am I talking to?\nCustomer: {who}, "
        f"about order {order}.\n{clerk}: Thank you. What is the matter?\nCustomer: The {item} came with a crack right "
        f"through it. The rest of the parcel is fine.\n{clerk}: I am sorry! Would you like a new one?\nCustomer: No, "
        f"I would rather have my money back.\n{clerk}: Of course. That is {money(cents)} euros; the {money(490)} for "
        f"the delivery we cannot give back. It will be in your account by {short_day(by)} {by.year}.\nCustomer: Good, "
        "agreed."
    )
    items = [{"name": item, "problem": "damaged"}]
    return said, filled(TICKET, who, order, items, "refund", amount(cents), iso(by))


def ticket_mail(dice: Dice) -> Written:
    who, (one, two, three) = person(dice), dice.some(GOODS, 3)
    order, when = f"B{dice.whole(20000, 99999)}" if coin(dice) else None, day(dice)
    said = (
        f"Sent: {full_day(when)}\n\nDear Sir or Madam,\n\ntoday my parcel{f' (order {order})' if order else ''} "
        f"arrived, on the very day that you had promised. When I opened it, however, the {one} was not there at all, "
        f"although it stands on the delivery note; and where the {two} should have been I found a {three}, which I "
        "had never ordered. The paper it was wrapped in is lovely. Please let me know what you are going to do about "
        f"it.\n\nYours faithfully\n{who}"
    )
    items = [{"name": one, "problem": "missing"}, {"name": two, "problem": "wrong item"}]
    return said, filled(TICKET, who, order, items, "nothing yet", None, None)


def ticket_note(dice: Dice) -> Written:
    who, item, when, order = person(dice), dice.pick(FRAGILE), day(dice), dice.whole(3000, 8999)
    said = dice.pick((
        f"Phone note: {who}, order {order}, {item} arrived broken. We send a new one, at the latest on "
        f"{long_day(when)}.",
        f"{who} rang about order {order}: the {item} is in pieces. I promised that another one leaves us by "
        f"{long_day(when)}.",
    ))  # fmt: skip
    items = [{"name": item, "problem": "damaged"}]
    return said, filled(TICKET, who, str(order), items, "replacement", None, iso(when))


WORKS = record(
    street=text("Street or bridge that is closed"),
    town=maybe(text("Town")),
    reason=one_of("Why", "water pipe", "new surface", "tree work", "festival"),
    starts=date("First day of the closure"),
    ends=maybe(date("Last day of the closure, as it is planned now")),
    hours=maybe(
        record(start=time("Hour at which it begins every day"), end=time("Hour at which it ends every day")),
    ),
    detours=many("Streets over which traffic is led instead", text("A street")),
    buses=many(
        "Bus lines that change, with the stops at which they do not call",
        record(line=text("Number of the line"), left_out=many("Stops that are left out", text("A stop"))),
    ),
)
STOPS = ("Town Hall", "Baths", "Hospital", "Cemetery Gate", "Fish Market", "Library")


def works_notice(dice: Dice) -> Written:
    (street, *around), town, start = dice.some(STREETS, 3), dice.pick(TOWNS), day(dice)
    end, stops = later(start, dice.whole(9, 30)), dice.some(STOPS, 3)
    one, two = (str(number) for number in dice.some(tuple(range(2, 60)), 2))
    said = (
        f"City of {town} - PUBLIC NOTICE\n\nA burst water pipe has to be replaced under {street}. The street is "
        f"therefore closed to all traffic from {full_day(start)} to {full_day(end)}; people on foot can pass. An "
        f"earlier notice named {long_day(later(end, -4))} as the last day and is no longer valid.\n\nTraffic is led "
        f"over {listed(around)}. Bus {one} does not call at {stops[0]} and {stops[1]} while the works last, bus {two} "
        f"not at {stops[2]}. All other lines run as usual. Questions: 0800 {dice.whole(1000, 9999)}."
    )
    buses = [{"line": one, "left_out": stops[:2]}, {"line": two, "left_out": stops[2:]}]
    return said, filled(WORKS, street, town, "water pipe", iso(start), iso(end), None, around, buses)


def works_night(dice: Dice) -> Written:
    (street, around), start, nights = dice.some(STREETS, 2), day(dice), dice.whole(3, 8)
    begin, end = dice.whole(20, 22) * 60, dice.whole(4, 6) * 60
    said = (
        f"Dear neighbours, {street} gets a new surface. So that the shops can stay open, we work at night only: from "
        f"{hours(begin)} to {hours(end)} nobody can drive here. We begin on {long_day(start)}. If the weather holds, "
        f"{in_words(nights)} nights will do, but it has rarely held this year, and so we promise no last day. Please "
        f"use {around} in the meantime. The buses do not run at those hours anyway."
    )
    hour = {"start": hours(begin), "end": hours(end)}
    return said, filled(WORKS, street, None, "new surface", iso(start), None, hour, [around], [])


def works_line(dice: Dice) -> Written:
    street, start, days = dice.pick(STREETS), day(dice), dice.whole(0, 2)
    end = later(start, days)
    why, reason = dice.pick((("the lime trees are being cut", "tree work"), ("the lantern festival", "festival")))
    span = (
        f"on {long_day(start)}, that day only"
        if days == 0
        else f"from {long_day(start)} up to and including {long_day(end)}"
    )
    said = f"{street} closed {span}: {why}."
    return said, filled(WORKS, street, None, reason, iso(start), iso(end), None, [], [])


STEMS = (
    *stems_of("fault", FAULT, form=fault_form, angry=fault_angry, forum=fault_forum),
    *stems_of("ticket", TICKET, chat=ticket_chat, mail=ticket_mail, note=ticket_note),
    *stems_of("works", WORKS, notice=works_notice, night=works_night, line=works_line),
)
