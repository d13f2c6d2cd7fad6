"""Train tickets: connections with a number of free seats, and who holds a ticket for which.

State: `{"trains": {"T10": {"origin", "destination", "day", "departs", "arrives", "price", "seats"}}, "tickets": {"t1":
{"train", "passenger"}}}`; prices are whole euros. Does not know which day today is.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.agents.service import Service, ServiceTool, State, clock, day, next_id, record, refused, table, text, whole

MAX_TICKETS = 500
TRAIN = record(
    {
        "origin": text("origin"),
        "destination": text("destination"),
        "day": day("day"),
        "departs": clock("departs"),
        "arrives": clock("arrives"),
        "price": whole("price", 0, 10_000),
        "seats": whole("seats", 0, 10_000),
    }
)
TICKET = record({"train": text("train"), "passenger": text("passenger")})
TRAIN_ID = {"train": text("Id of the train, for example T12", 20)}
TICKET_ID = {"ticket": text("Id of the ticket, for example t3", 20)}
PASSENGER = {"passenger": text("Name of the passenger")}


def search(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List the connections of a day, earliest first."""
    wanted = [arguments[key].casefold() for key in ("origin", "destination", "day")]
    found = [
        {"train": key, **train}
        for key, train in state["trains"].items()
        if [train[field].casefold() for field in ("origin", "destination", "day")] == wanted
    ]
    return state, sorted(found, key=lambda train: (train["departs"], train["train"]))


def tickets_of(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List a passenger's tickets with their trains."""
    passenger = arguments["passenger"].casefold()
    return state, [
        {"ticket": key, **ticket, "details": state["trains"].get(ticket["train"])}
        for key, ticket in state["tickets"].items()
        if ticket["passenger"].casefold() == passenger
    ]


def buy(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Buy a ticket for a train with a free seat."""
    if len(state["tickets"]) >= MAX_TICKETS:
        return state, refused("No more tickets are sold.")
    if (reason := _no_seat(state, arguments["train"])) is not None:
        return state, refused(reason)
    name = next_id("t", state["tickets"])
    ticket = {key: arguments[key] for key in ("train", "passenger")}
    changed = _with_seats({**state, "tickets": {**state["tickets"], name: ticket}}, ticket["train"], -1)
    return changed, {"ticket": name, **ticket, "price": state["trains"][ticket["train"]]["price"]}


def change(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Move a ticket to another train with a free seat."""
    name, train = arguments["ticket"], arguments["train"]
    if name not in state["tickets"]:
        return state, _unknown(name)
    if (reason := _no_seat(state, train)) is not None:
        return state, refused(reason)
    before = state["tickets"][name]
    ticket = {**before, "train": train}
    moved = {**state, "tickets": {**state["tickets"], name: ticket}}
    return _with_seats(_with_seats(moved, before["train"], 1), train, -1), {"ticket": name, **ticket}


def cancel(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Give a ticket back."""
    name = arguments["ticket"]
    if name not in state["tickets"]:
        return state, _unknown(name)
    train = state["tickets"][name]["train"]
    left = {key: ticket for key, ticket in state["tickets"].items() if key != name}
    return _with_seats({**state, "tickets": left}, train, 1), {"cancelled": name}


def _unknown(name: str) -> dict[str, str]:
    return refused(f"There is no ticket {name}. List the passenger's tickets to see their ids.")


def _no_seat(state: State, train: str) -> str | None:
    """Return why a train cannot be booked; None: it can."""
    if train not in state["trains"]:
        return f"There is no train {train}. Search the connections to see their ids."
    return None if state["trains"][train]["seats"] else f"Train {train} has no free seat."


def _with_seats(state: State, train: str, change: int) -> State:
    if train not in state["trains"]:
        return state
    entry = state["trains"][train]
    return {**state, "trains": {**state["trains"], train: {**entry, "seats": entry["seats"] + change}}}


SERVICE = Service(
    name="trains",
    about="A railway's timetable and its tickets.",
    tools=(
        ServiceTool(
            "train_search",
            "List the trains between two cities on a day: id, times, price in euros and free seats.",
            record(
                {
                    "origin": text("City of departure"),
                    "destination": text("City of arrival"),
                    "day": day("Day of travel"),
                }
            ),
            search,
        ),
        ServiceTool("train_tickets", "List all tickets of a passenger.", record(PASSENGER), tickets_of),
        ServiceTool("train_buy", "Buy one ticket for a passenger.", record({**TRAIN_ID, **PASSENGER}), buy),
        ServiceTool("train_change", "Move a ticket to another train.", record({**TICKET_ID, **TRAIN_ID}), change),
        ServiceTool("train_cancel", "Give a ticket back.", record(TICKET_ID), cancel),
    ),
    state=record({"trains": table(TRAIN), "tickets": table(TICKET)}),
)
