"""Tasks across two services: a train before a meeting, a bill in a note, a list to be ordered, a debt to be paid."""

from collections.abc import Iterator

from sfteval.suites.agent.bank_tasks import HARBOUR, VALLEY
from sfteval.suites.agent.calendar_tasks import event, week
from sfteval.suites.agent.notes_tasks import drawer
from sfteval.suites.agent.scenario import Scenario, call
from sfteval.suites.agent.shop_tasks import GARDEN, PAPER
from sfteval.suites.agent.trains_tasks import FRIDAY, NORTH, NORTHWARD, SATURDAY, SOUTH, SOUTHWARD


def train_for_a_meeting() -> Iterator[Scenario]:
    """The calendar says until when one must be there."""
    for trains, way, passenger, title, start, end, name, arrives, fails_at in (
        (NORTH, NORTHWARD, "Leif Haugen", "Opening of the gallery", "20:00", "22:00", "T12", "19:00", 0),
        (SOUTH, SOUTHWARD, "Carla Rey", "Hearing at the court", "11:00", "12:00", "T30", "09:35", 3),
    ):
        busy = week(event("Breakfast", FRIDAY, "05:00", "05:30"), event(title, way["day"], start, end))
        yield Scenario(
            stem="trains and calendar: in time for a meeting",
            services=("calendar", "trains"),
            state={**busy, **trains},
            says=(
                f'I am {passenger}. "{title}" in my calendar takes place in {way["destination"]}. Buy me a ticket from '
                f"{way['origin']} for the latest train of the same day that has a seat and arrives before it starts, "
                "and tell me when the train arrives.",
            ),
            solution=(
                (
                    call("calendar_find", words=title),
                    call("train_search", **way),
                    call("train_buy", train=name, passenger=passenger),
                ),
            ),
            answers=((arrives,),),
            fails_at=fails_at,
        )


def bill_in_a_note() -> Iterator[Scenario]:
    """What is to be paid, and to whom, stands in a note; when it is paid the note goes."""
    for state, path, text, source, target, amount, note, left in (
        (HARBOUR, "bills/bike.txt", "Harbour Cycles, account A-4: 212 euros, note: new wheel", "A-1", "A-4", 212,
         "new wheel", "628"),
        (VALLEY, "bills/cheese.txt", "Valley Dairy, account A-14: 58 euros, note: cheese", "A-11", "A-14", 58,
         "cheese", "357"),
    ):  # fmt: skip
        bills = {path.removesuffix(".txt").replace("/", "__"): text, "bills__done": "nothing yet"}
        yield Scenario(
            stem="notes and bank: a bill in a note",
            services=("notes", "bank"),
            state={**drawer(**bills), **state},
            says=(
                f"The bill in {path} has to be paid from my account {source}, with the note that it asks for. Pay it, "
                "delete the file of the bill, and tell me what is left on my account.",
            ),
            solution=(
                (
                    call("notes_read", path=path),
                    call("bank_transfer", source=source, target=target, amount=amount, note=note),
                    call("notes_delete", path=path),
                ),
            ),
            answers=((left,),),
        )


def list_to_be_ordered() -> Iterator[Scenario]:
    """What is to be ordered stands in a list; the ids of the orders go into a file."""
    for state, customer, wanted, orders, fails_at in (
        (GARDEN, "Noor Rahman", "2 x hedge shears\n1 x garden hose 20 m", (("hedge shears", "G-4", 2),
         ("garden hose", "G-5", 1)), 4),
        (PAPER, "Yusuf Bello", "3 x fountain pen\n5 x ink, blue", (("fountain pen", "P-4", 3), ("ink", "P-5", 5)), 0),
    ):  # fmt: skip
        yield Scenario(
            stem="notes and shop: order a list",
            services=("notes", "shop"),
            state={**drawer(wishes=wanted), **state},
            says=(
                f"The file wishes.txt lists what {customer} wants. Order it, line by line in the order of the list, "
                "one order for each line. Then tell me the ids of the new orders.",
            ),
            solution=(
                (
                    call("notes_read", path="wishes.txt"),
                    *(
                        one
                        for words, name, quantity in orders
                        for one in (
                            call("shop_find", words=words),
                            call("shop_order", customer=customer, good=name, quantity=quantity),
                        )
                    ),
                ),
            ),
            answers=(("o5", "o6"),),
            fails_at=fails_at,
        )


def reminder_of_a_debt() -> Iterator[Scenario]:
    """A question to the ledger, then a day in the calendar that rests on it."""
    for state, account, other, amount, day, title in (
        (HARBOUR, "A-3", "A-1", "35", FRIDAY, "Pay Ravi back"),
        (VALLEY, "A-13", "A-11", "20", SATURDAY, "Pay Elif back"),
    ):
        calendar = week(event("Market", day, "08:00", "10:00"), event("Choir", day, "18:00", "20:00"))
        yield Scenario(
            stem="bank and calendar: a reminder",
            services=("bank", "calendar"),
            state={**calendar, **state},
            says=(
                f"How many euros went between {account} and {other}? There was just one transfer.",
                f'Then enter "{title}" on {day} for half an hour, starting right when my first event of that day ends.',
            ),
            solution=(
                (call("bank_history", account=account),),
                (
                    call("calendar_day", day=day),
                    call("calendar_add", title=title, day=day, start="10:00", end="10:30"),
                ),
            ),
            answers=((amount,), ()),
        )


def tasks() -> Iterator[Scenario]:
    """Return all tasks across two services."""
    yield from train_for_a_meeting()
    yield from bill_in_a_note()
    yield from list_to_be_ordered()
    yield from reminder_of_a_debt()
