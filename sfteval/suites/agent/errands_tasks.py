"""Errands in the words of a small world: one request, one that cannot be served, and two requests one after the other.

Short enough, and plain enough, for models of a few million parameters that were trained on such requests.
"""

from collections.abc import Iterator
from typing import Any

from sfteval.suites.agent.scenario import Scenario, call

SERVICE = "errands"


def agenda(*full: str) -> dict[str, Any]:
    """Return the state with nothing done and some things full."""
    return {SERVICE: {"done": [], "full": list(full)}}


def one() -> Iterator[Scenario]:
    """One request that is served."""
    for says, done, other in (
        ("Please book the hotel in Paris for 3.", call("book_hotel", city="Paris", count=3), "check_hotel"),
        ("Can you order the meal on Monday for 4.", call("order_meal", day="Monday", count=4), "book_car"),
        ("Now cancel the visit on Friday.", call("cancel_visit", day="Friday"), "cancel_ticket"),
        ("Please book the train in Rome on Tuesday.", call("book_train", city="Rome", day="Tuesday"), "cancel_train"),
    ):
        yield Scenario(
            stem="errands: one request",
            services=(SERVICE,),
            state=agenda("car Oslo"),
            says=(says,),
            solution=((done,),),
            answers=(("done",),),
            system="",
            tools=(done[0], other),
        )


def not_to_be_had() -> Iterator[Scenario]:
    """A request that the world cannot serve; the user is to be told so."""
    for says, tried, other, full in (
        ("Please book the table with Eve for 4.", call("book_table", name="Eve", count=4), "order_table", "table Eve"),
        ("Can you book the car in Oslo.", call("book_car", city="Oslo"), "check_car", "car Oslo"),
        ("Now book the room for 5.", call("book_room", count=5), "book_hotel", "room 5"),
    ):
        yield Scenario(
            stem="errands: nothing left",
            services=(SERVICE,),
            state=agenda(full),
            says=(says,),
            solution=((tried,),),
            answers=(("full",),),
            system="",
            tools=(tried[0], other),
        )


def two() -> Iterator[Scenario]:
    """Two requests, the second after the answer to the first."""
    for first, second in (
        (
            ("Please book the car in Lima.", call("book_car", city="Lima")),
            ("Now order the meal on Sunday for 2.", call("order_meal", day="Sunday", count=2)),
        ),
        (
            ("Can you cancel the hotel in Quito for 6.", call("cancel_hotel", city="Quito", count=6)),
            ("Please book the hotel in Lima for 6.", call("book_hotel", city="Lima", count=6)),
        ),
        (
            ("Please book the visit on Thursday.", call("book_visit", day="Thursday")),
            ("Can you book the ticket with Ben.", call("book_ticket", name="Ben")),
        ),
    ):
        yield Scenario(
            stem="errands: two requests",
            services=(SERVICE,),
            state=agenda(),
            says=(first[0], second[0]),
            solution=((first[1],), (second[1],)),
            answers=(("done",), ("done",)),
            system="",
            tools=(first[1][0], second[1][0]),
        )


def tasks() -> Iterator[Scenario]:
    """Return all errands."""
    yield from one()
    yield from not_to_be_had()
    yield from two()
