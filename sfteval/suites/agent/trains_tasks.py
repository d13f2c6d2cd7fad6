"""Tasks with trains: the first after a time, a later one, the cheapest with a seat, and a ticket given back."""

from collections.abc import Iterator
from typing import Any

from sfteval.suites.agent.scenario import Scenario, call

FRIDAY, SATURDAY = "2026-05-08", "2026-05-09"


def train(origin: str, destination: str, day: str, times: str, price: int, seats: int) -> dict[str, Any]:
    """Return a connection of the state; `times` are "07:10 09:40"."""
    departs, arrives = times.split()
    return {
        "origin": origin,
        "destination": destination,
        "day": day,
        "departs": departs,
        "arrives": arrives,
        "price": price,
        "seats": seats,
    }


def ticket(name: str, passenger: str) -> dict[str, Any]:
    """Return a ticket of the state."""
    return {"train": name, "passenger": passenger}


NORTH: dict[str, Any] = {
    "trains": {
        "trains": {
            "T10": train("Bergen", "Oslo", FRIDAY, "06:20 13:05", 58, 4),
            "T11": train("Bergen", "Oslo", FRIDAY, "08:45 15:20", 39, 0),
            "T12": train("Bergen", "Oslo", FRIDAY, "12:15 19:00", 46, 9),
            "T13": train("Bergen", "Oslo", FRIDAY, "16:05 22:50", 52, 2),
            "T14": train("Oslo", "Bergen", SATURDAY, "09:30 16:10", 44, 6),
        },
        "tickets": {"t1": ticket("T10", "Sigrid Moen"), "t2": ticket("T14", "Sigrid Moen")},
    }
}
SOUTH: dict[str, Any] = {
    "trains": {
        "trains": {
            "T30": train("Sevilla", "Madrid", SATURDAY, "07:00 09:35", 47, 11),
            "T31": train("Sevilla", "Madrid", SATURDAY, "10:10 12:50", 35, 0),
            "T32": train("Sevilla", "Madrid", SATURDAY, "13:25 16:00", 41, 1),
            "T33": train("Sevilla", "Madrid", SATURDAY, "18:40 21:15", 63, 20),
            "T34": train("Madrid", "Sevilla", FRIDAY, "15:00 17:40", 52, 7),
        },
        "tickets": {"t1": ticket("T30", "Hugo Prieto"), "t2": ticket("T34", "Hugo Prieto")},
    }
}
NORTHWARD = {"origin": "Bergen", "destination": "Oslo", "day": FRIDAY}
SOUTHWARD = {"origin": "Sevilla", "destination": "Madrid", "day": SATURDAY}
Way = dict[str, str]


def first_after() -> Iterator[Scenario]:
    """The first train with a seat after a time."""
    for state, way, passenger, after, name, departs, fails_at in (
        (NORTH, NORTHWARD, "Aino Virtanen", "08:00", "T12", "12:15", 0),
        (SOUTH, SOUTHWARD, "Beatriz Lobo", "09:00", "T32", "13:25", 1),
    ):
        yield Scenario(
            stem="trains: the first after",
            services=("trains",),
            state=state,
            says=(
                f"{passenger} has to go from {way['origin']} to {way['destination']} on {way['day']} and cannot leave "
                f"before {after}. Buy a ticket for the earliest train that still has a seat. When does it depart?",
            ),
            solution=((call("train_search", **way), call("train_buy", train=name, passenger=passenger)),),
            answers=((departs,),),
            fails_at=fails_at,
        )


def later() -> Iterator[Scenario]:
    """A ticket is moved to the last train of the day."""
    for state, way, passenger, name, arrives, fails_at in (
        (NORTH, NORTHWARD, "Sigrid Moen", "T13", "22:50", 0),
        (SOUTH, SOUTHWARD, "Hugo Prieto", "T33", "21:15", 3),
    ):
        yield Scenario(
            stem="trains: a later one",
            services=("trains",),
            state=state,
            says=(
                f"{passenger} holds a ticket from {way['origin']} to {way['destination']} on {way['day']}. Change it "
                "to the last train of that day and tell me when that one arrives.",
            ),
            solution=(
                (
                    call("train_tickets", passenger=passenger),
                    call("train_search", **way),
                    call("train_change", ticket="t1", train=name),
                ),
            ),
            answers=((arrives,),),
            fails_at=fails_at,
        )


def cheapest() -> Iterator[Scenario]:
    """Two passengers on the cheapest train that has room for both."""
    for state, way, passengers, name, price in (
        (NORTH, NORTHWARD, ("Olav Dahl", "Kari Dahl"), "T12", "46"),
        (SOUTH, SOUTHWARD, ("Nuria Vidal", "Pau Vidal"), "T30", "47"),
    ):
        yield Scenario(
            stem="trains: the cheapest for two",
            services=("trains",),
            state=state,
            says=(
                f"Buy tickets from {way['origin']} to {way['destination']} on {way['day']} for {passengers[0]} and "
                f"then for {passengers[1]}, both on the cheapest train that has a seat for each of them. "
                "What does one cost?",
            ),
            solution=(
                (
                    call("train_search", **way),
                    *(call("train_buy", train=name, passenger=passenger) for passenger in passengers),
                ),
            ),
            answers=((price,),),
        )


def given_back() -> Iterator[Scenario]:
    """Which tickets there are, and one of them goes back."""
    for state, passenger, trains, back, way in (
        (NORTH, "Sigrid Moen", ("T10", "T14"), "t2", "the one to Bergen"),
        (SOUTH, "Hugo Prieto", ("T30", "T34"), "t1", "the one to Madrid"),
    ):
        yield Scenario(
            stem="trains: give one back",
            services=("trains",),
            state=state,
            says=(
                f"Which tickets does {passenger} hold? Tell me the ids of their trains.",
                f"Give back {way}, please, and keep the other.",
            ),
            solution=((call("train_tickets", passenger=passenger),), (call("train_cancel", ticket=back),)),
            answers=(trains, ()),
        )


def tasks() -> Iterator[Scenario]:
    """Return all tasks with trains."""
    yield from first_after()
    yield from later()
    yield from cheapest()
    yield from given_back()
