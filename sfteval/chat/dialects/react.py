r"""ReAct text: `Action: NAME` and `Action Input: {...}`, each at the start of a line, until `Final Answer:`.

One turn may hold one action; each further one is a fault of its own. The input is strict JSON, one object. What an
agent loop would trip over, but no single call, is a fault of the turn: an observation that the model wrote itself, an
action and a final answer together, neither of them.
Does not know think blocks, the offered tools, or what was expected. Source: `chat.react` for the sections.
"""

from itertools import islice

from sfteval.chat.dialects.envelope import NOT_SPACE, call_of, json_fault
from sfteval.chat.dialects.faults import fault_at
from sfteval.chat.react import LABEL, Section, observations, sections
from sfteval.jsontext.strict import StrictReader
from sfteval.types import Fault, ToolCall

MAX_LABELS = 1024  # a text with more is hostile or endless: the rest is one fault
LONGEST_NAME = 200


def attempts(text: str, start: int, end: int) -> list[ToolCall]:
    """Read every attempted call that begins in `text[start:end]`."""
    calls: list[ToolCall] = []
    reader = StrictReader()
    stop = _end_of_labels(text, start, end)
    found = sections(text[start:stop])
    for place, section in enumerate(found):
        if section.label != "Action":
            continue
        following = found[place + 1] if place + 1 < len(found) else None
        given = following if following is not None and following.label == "Action Input" else None
        calls.append(_read_call(text, start, section, given, reader, is_first=not calls))
    if stop < end:
        fault = fault_at(text, "too_many_calls", "envelope", f"more than {MAX_LABELS} sections", stop)
        calls.append(call_of(text, stop, end, "", None, fault))
    return calls


def openings(text: str, start: int, end: int) -> list[int]:
    """Return where an attempted call begins in `text[start:end]`."""
    found = sections(text[start : _end_of_labels(text, start, end)])
    return [start + section.start for section in found if section.label == "Action"]


def turn_faults(text: str, start: int, end: int) -> list[Fault]:
    """Return what is wrong with the turn as a whole."""
    part = text[start : _end_of_labels(text, start, end)]
    at = {section.label: start + section.start for section in sections(part)}
    faults = []
    if invented := observations(part):
        message = "the model wrote the tool's observation itself"
        faults.append(fault_at(text, "hallucinated_observation", "trajectory", message, start + invented[0][0]))
    if "Action" in at and "Final Answer" in at:
        message = "an action and a final answer stand in one turn"
        faults.append(fault_at(text, "final_and_action_together", "trajectory", message, at["Final Answer"]))
    if "Thought" in at and "Action" not in at and "Final Answer" not in at:
        message = "neither an action nor a final answer follows the thought"
        faults.append(fault_at(text, "no_final", "trajectory", message, at["Thought"]))
    return faults


def final_answer(text: str, start: int, end: int) -> str | None:
    """Return the last final answer; None: there is none."""
    part = text[start : _end_of_labels(text, start, end)]
    bodies = [section.body_in(part) for section in sections(part) if section.label == "Final Answer"]
    return bodies[-1] if bodies else None


def _end_of_labels(text: str, start: int, end: int) -> int:
    """Return where what is read ends: before the first label too many, or with the text."""
    more = next(islice(LABEL.finditer(text[start:end]), MAX_LABELS, None), None)
    return end if more is None else start + more.start()


def _read_call(
    text: str, start: int, action: Section, given: Section | None, reader: StrictReader, *, is_first: bool
) -> ToolCall:
    opening, stop = start + action.start, start + (given or action).stop
    name = text[opening + len("Action:") : start + action.stop].strip()
    arguments, fault = (None, None) if given is None else _input(text, start, given, reader)
    if given is None:
        message = "no Action Input follows the action"
        fault = fault_at(text, "missing_action_input", "envelope", message, start + action.stop)
    elif not name or "\n" in name:
        fault = fault_at(text, "wrong_envelope_shape", "envelope", "expected one name on one line", opening)
    elif not is_first:
        fault = fault_at(text, "two_actions_one_turn", "envelope", "one turn may hold one action", opening)
    return call_of(text, opening, stop, name.split("\n", 1)[0][:LONGEST_NAME], arguments, fault)


def _input(text: str, start: int, given: Section, reader: StrictReader) -> tuple[object, Fault | None]:
    """Return the arguments, or why they cannot be read."""
    begin, stop = start + given.start + len("Action Input:"), start + given.stop
    found = NOT_SPACE.search(text, begin, stop)
    first = found.start() if found else stop
    if text.startswith("```", first, stop):
        return None, fault_at(text, "code_fence", "envelope", "the JSON stands in a code fence", first)
    if not text.startswith(("{", "["), first, stop):
        return None, fault_at(text, "action_input_not_json", "json", "expected a JSON object", first)
    read = reader.read(text, first, stop)
    fault = json_fault(text, read)
    if fault is None and (rest := NOT_SPACE.search(text, read.end, stop)):
        fault = fault_at(text, "json_trailing_data", "json", "text follows the JSON value", rest.start(), "$")
    if fault is None and not isinstance(read.value, dict):
        fault = fault_at(text, "args_not_object", "envelope", "expected an object, found a list", first, "$")
    return read.value, fault
