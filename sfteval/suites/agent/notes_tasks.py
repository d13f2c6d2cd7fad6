"""Tasks with notes: add to the right list, copy one fact, tidy up, and correct what was just read."""

from collections.abc import Iterator
from typing import Any

from sfteval.suites.agent.scenario import Scenario, call


def drawer(**files: str) -> dict[str, Any]:
    """Return the state of notes; two underscores in a name stand for a slash."""
    return {"notes": {"files": {f"{name.replace('__', '/')}.txt": body for name, body in files.items()}}}


HOME = drawer(
    lists__groceries="milk\nbread\nbasil",
    lists__hardware="screws 4 x 40\nsandpaper",
    people__phones="Aunt Rosa: 555 0148\nPlumber Idris: 555 0172\nSchool: 555 0110",
    drafts__poem_old="The rain has a plan",
    drafts__poem="The rain has no plan",
    trips__oslo="ferry at seven",
)
LAB = drawer(
    lists__glassware="beaker 250 ml\nfunnel",
    lists__reagents="ethanol\nsodium chloride",
    people__contacts="Dr Sato: room 214\nDr Mbeki: room 118\nStores: room 3",
    drafts__protocol_old="heat for 20 minutes",
    drafts__protocol="heat for 25 minutes",
    runs__monday="yield 71 percent",
)


def added() -> Iterator[Scenario]:
    """A line for one of several lists."""
    for state, thing, path, fails_at in (
        (HOME, "wood glue", "lists/hardware.txt", 0),
        (LAB, "test tubes", "lists/glassware.txt", 1),
    ):
        yield Scenario(
            stem="notes: add to the right list",
            services=("notes",),
            state=state,
            says=(f'Put "{thing}" at the end of the list where it belongs. My lists are the files under lists/.',),
            solution=((call("notes_list", folder="lists/"), call("notes_append", path=path, line=thing)),),
            fails_at=fails_at,
        )


def copied() -> Iterator[Scenario]:
    """One fact goes from one file into a new one, by itself."""
    for state, source, person, fact, new, fails_at in (
        (HOME, "people/phones.txt", "the plumber", "555 0172", "trips/call.txt", 2),
        (LAB, "people/contacts.txt", "Dr Mbeki", "room 118", "runs/where.txt", 0),
    ):
        kind = "phone number" if state is HOME else "room"
        wanted = fact if state is HOME else fact.removeprefix("room ")
        yield Scenario(
            stem="notes: copy one fact",
            services=("notes",),
            state=state,
            says=(
                f"Look up the {kind} of {person} in {source} and write a new file {new} that holds just "
                f"{'that number' if state is HOME else 'the number of the room'}, nothing else. "
                "Tell me the number too.",
            ),
            solution=((call("notes_read", path=source), call("notes_write", path=new, text=wanted)),),
            answers=((wanted,),),
            fails_at=fails_at,
        )


def tidied() -> Iterator[Scenario]:
    """The old draft goes, the new one gets its final name."""
    for state, name in ((HOME, "poem"), (LAB, "protocol")):
        old, draft, final = f"drafts/{name}_old.txt", f"drafts/{name}.txt", f"final/{name}.txt"
        yield Scenario(
            stem="notes: tidy the drafts",
            services=("notes",),
            state=state,
            says=(
                f"Under drafts/ there are two versions of my {name}. Delete the old one, and give the other one the "
                f"name {final}. Before you delete it, note the name of the deleted file: tell it to me in the end.",
            ),
            solution=(
                (
                    call("notes_list", folder="drafts/"),
                    call("notes_delete", path=old),
                    call("notes_rename", path=draft, new_path=final),
                ),
            ),
            answers=((old,),),
        )


def corrected() -> Iterator[Scenario]:
    """A file is read out, then corrected."""
    for state, path, told, corrected_text, change in (
        (HOME, "trips/oslo.txt", "seven", "ferry at eight", "eight instead"),
        (LAB, "runs/monday.txt", "71", "yield 74 percent", "74 percent"),
    ):
        yield Scenario(
            stem="notes: read, then correct",
            services=("notes",),
            state=state,
            says=(
                f"What does my note {path} say? Repeat it word for word.",
                f"That is wrong, it is {change}. Correct the file and leave all its other words as they are.",
            ),
            solution=((call("notes_read", path=path),), (call("notes_write", path=path, text=corrected_text),)),
            answers=((told,), ()),
        )


def tasks() -> Iterator[Scenario]:
    """Return all tasks with notes."""
    yield from added()
    yield from copied()
    yield from tidied()
    yield from corrected()
