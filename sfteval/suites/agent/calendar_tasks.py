"""Tasks with a calendar: move, find room, ask and cancel, and step aside for what stands there already."""

from collections.abc import Iterator
from typing import Any

from sfteval.suites.agent.scenario import Scenario, call

MONDAY, TUESDAY, WEDNESDAY = "2026-03-09", "2026-03-10", "2026-03-11"


def event(title: str, day: str, start: str, end: str) -> dict[str, Any]:
    """Return an event of the state."""
    return {"title": title, "day": day, "start": start, "end": end}


def week(*events: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a calendar with events e1, e2, ..."""
    return {"calendar": {"events": {f"e{number}": one for number, one in enumerate(events, start=1)}}}


OFFICE = week(
    event("Team meeting", MONDAY, "09:00", "10:00"),
    event("Budget review", MONDAY, "10:00", "11:30"),
    event("Lunch with Tomoko", MONDAY, "12:30", "13:30"),
    event("Dentist", TUESDAY, "08:30", "09:30"),
    event("Interview with Mr Okafor", TUESDAY, "14:00", "15:00"),
    event("Workshop on pricing", WEDNESDAY, "13:00", "16:00"),
)
CLINIC = week(
    event("Ward round", MONDAY, "08:00", "09:30"),
    event("Patient Mrs Lindqvist", MONDAY, "10:00", "10:30"),
    event("Shift handover", MONDAY, "15:00", "15:30"),
    event("Lab results call", TUESDAY, "09:00", "09:30"),
    event("Staff training", TUESDAY, "11:00", "12:00"),
    event("Patient Mr Haddad", WEDNESDAY, "16:00", "16:30"),
)


def moved() -> Iterator[Scenario]:
    """One event goes to another day."""
    for state, title, name, old, new, start, end, fails_at in (
        (OFFICE, "budget review", "e2", MONDAY, WEDNESDAY, "10:00", "11:30", 0),
        (CLINIC, "staff training", "e5", TUESDAY, WEDNESDAY, "09:00", "10:00", 2),
    ):
        yield Scenario(
            stem="calendar: move an event",
            services=("calendar",),
            state=state,
            says=(f"Please move the {title} from {old} to {new}, {start} to {end}.",),
            solution=(
                (call("calendar_day", day=old), call("calendar_move", event=name, day=new, start=start, end=end)),
            ),
            fails_at=fails_at,
        )


def first_free_hour() -> Iterator[Scenario]:
    """A new event goes into the first free hour of a morning."""
    for state, title, day, early, late, start, end, fails_at in (
        (OFFICE, "Call with the bank", TUESDAY, "08:30", "12:00", "09:30", "10:30", 0),
        (CLINIC, "Vaccine delivery", MONDAY, "08:00", "14:00", "10:30", "11:30", 1),
    ):
        yield Scenario(
            stem="calendar: first free hour",
            services=("calendar",),
            state=state,
            says=(
                f'I need one full hour for "{title}" on {day}. Enter it with exactly that title at the earliest time '
                f"between {early} and {late} at which a whole hour is free, and tell me when it starts.",
            ),
            solution=(
                (
                    call("calendar_day", day=day),
                    call("calendar_add", title=title, day=day, start=start, end=end),
                ),
            ),
            answers=((start,),),
            fails_at=fails_at,
        )


def asked_then_cancelled() -> Iterator[Scenario]:
    """A question first, then a request that refers to it."""
    for state, words, name, starts in (
        (OFFICE, "Interview with Mr Okafor", "e5", "14:00"),
        (CLINIC, "Patient Mr Haddad", "e6", "16:00"),
    ):
        yield Scenario(
            stem="calendar: ask, then cancel",
            services=("calendar",),
            state=state,
            says=(f'At what time does "{words}" start, and on which day?', "Thank you. Please cancel it."),
            solution=((call("calendar_find", words=words),), (call("calendar_cancel", event=name),)),
            answers=((starts,), ()),
        )


def second_choice() -> Iterator[Scenario]:
    """The first time is taken; the user named another one for that case."""
    for state, title, day, first, second, taken_by in (
        (OFFICE, "Plan the fair", WEDNESDAY, ("14:00", "15:00"), ("16:00", "17:00"), "Workshop on pricing"),
        (CLINIC, "Visit of the inspector", TUESDAY, ("11:30", "12:30"), ("14:00", "15:00"), "Staff training"),
    ):
        yield Scenario(
            stem="calendar: second choice",
            services=("calendar",),
            state=state,
            says=(
                f'Enter "{title}" on {day} from {first[0]} to {first[1]}. Should something stand there, take '
                f"{second[0]} to {second[1]} instead and tell me what is in the way.",
            ),
            solution=(
                (
                    call("calendar_add", title=title, day=day, start=first[0], end=first[1]),
                    call("calendar_add", title=title, day=day, start=second[0], end=second[1]),
                ),
            ),
            answers=((taken_by,),),
        )


def tasks() -> Iterator[Scenario]:
    """Return all tasks with a calendar."""
    yield from moved()
    yield from first_free_hour()
    yield from asked_then_cancelled()
    yield from second_choice()
