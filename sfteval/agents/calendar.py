"""A calendar: events on days, none of which may overlap another.

State: `{"events": {"e1": {"title", "day", "start", "end"}}}`. Does not know whose calendar it is.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.agents.service import Service, ServiceTool, State, clock, day, next_id, record, refused, table, text

MAX_EVENTS = 500
EVENT = record({"title": text("title"), "day": day("day"), "start": clock("start"), "end": clock("end")})
WHEN = {"day": day("Day of the event"), "start": clock("Start"), "end": clock("End")}
ID = {"event": text("Id of the event, for example e3", 20)}


def events_on(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List the events of a day, earliest first."""
    found = [{"event": name, **event} for name, event in state["events"].items() if event["day"] == arguments["day"]]
    return state, sorted(found, key=lambda event: (event["start"], event["event"]))


def find_events(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List the events whose title holds some words, by day."""
    words = arguments["words"].casefold()
    found = [{"event": name, **event} for name, event in state["events"].items() if words in event["title"].casefold()]
    return state, sorted(found, key=lambda event: (event["day"], event["start"], event["event"]))


def add_event(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Add an event where nothing else stands."""
    if len(state["events"]) >= MAX_EVENTS:
        return state, refused("The calendar is full.")
    if (reason := _conflict(state, arguments, "")) is not None:
        return state, refused(reason)
    name = next_id("e", state["events"])
    event = {key: arguments[key] for key in ("title", "day", "start", "end")}
    return {**state, "events": {**state["events"], name: event}}, {"event": name, **event}


def move_event(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Move an event to where nothing else stands."""
    name = arguments["event"]
    if name not in state["events"]:
        return state, _unknown(name)
    if (reason := _conflict(state, arguments, name)) is not None:
        return state, refused(reason)
    event = {**state["events"][name], **{key: arguments[key] for key in ("day", "start", "end")}}
    return {**state, "events": {**state["events"], name: event}}, {"event": name, **event}


def cancel_event(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Take an event out."""
    name = arguments["event"]
    if name not in state["events"]:
        return state, _unknown(name)
    left = {key: event for key, event in state["events"].items() if key != name}
    return {**state, "events": left}, {"cancelled": name}


def _unknown(name: str) -> dict[str, str]:
    return refused(f"There is no event {name}. List the day's events to see their ids.")


def _conflict(state: State, wanted: Mapping[str, Any], own: str) -> str | None:
    """Return why an event cannot stand there; None: it can."""
    if wanted["start"] >= wanted["end"]:
        return f"The event would end at {wanted['end']}, which is not after its start at {wanted['start']}."
    for name, event in state["events"].items():
        overlaps = event["start"] < wanted["end"] and wanted["start"] < event["end"]
        if name != own and event["day"] == wanted["day"] and overlaps:
            return f"{event['title']} ({name}) stands there from {event['start']} to {event['end']}."
    return None


SERVICE = Service(
    name="calendar",
    about="One person's calendar.",
    tools=(
        ServiceTool(
            "calendar_day",
            "List all events of one day with their ids.",
            record({"day": day("Day to list")}),
            events_on,
        ),
        ServiceTool(
            "calendar_find",
            "Find events by words in their title.",
            record({"words": text("Words of the title")}),
            find_events,
        ),
        ServiceTool(
            "calendar_add",
            "Add an event. Fails where it would overlap another one.",
            record({"title": text("Title of the event"), **WHEN}),
            add_event,
        ),
        ServiceTool(
            "calendar_move",
            "Move an event to another day or time. Fails where it would overlap another one.",
            record({**ID, **WHEN}),
            move_event,
        ),
        ServiceTool("calendar_cancel", "Cancel an event.", record(ID), cancel_event),
    ),
    state=record({"events": table(EVENT)}),
)
