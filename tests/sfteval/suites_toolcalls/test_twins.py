"""Twins of any row: one thing is different, the target follows it, and the row itself stays as it was."""

import copy

import pytest

from sfteval.suites.toolcalls import PERTURBATIONS, twin, twins

SEAT = {
    "name": "seat_guest",
    "description": "Seat a guest.",
    "parameters": {
        "type": "object",
        "properties": {
            "guest": {"type": "string", "description": "Who."},
            "row": {"type": "string", "enum": ["front", "back"], "default": "front"},
            "meals": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"kind": {"enum": ["hot", "cold"]}, "num": {"type": "integer"}},
                    "required": ["kind", "num"],
                },
            },
        },
        "required": ["guest"],
    },
}
LOOK = {"name": "look", "parameters": {"type": "object", "properties": {"place": {"type": "string"}}}}
EXACT = {"guest": "front", "row": "back", "meals": [{"kind": "hot", "num": 2}]}
ACCEPTED = {"guest": ["front"], "row": ["front", ""], "meals": [[{"kind": ["hot", "cold"], "num": [2]}]]}


def row(**changes):
    return {
        "id": "r1",
        "prompt": "Put Front at the back and look after two hot meals.",
        "tools": [{"type": "function", "function": SEAT}, {"type": "function", "function": LOOK}],
        "target": {"calls": [{"name": "seat_guest", "arguments": EXACT}]},
        "metadata": {"num_tools": 2, "tool": "seat_guest", "kind": "mine"},
        **changes,
    }


def functions(made):
    return [tool["function"] for tool in made["tools"]]


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_twin_says_whose_it_is_and_shares_its_cluster(name):
    made = twin(row(), name)
    assert made["id"] == f"r1~{name}"
    assert made["metadata"] | {"num_tools": 2, "tool": "seat_guest"} == {
        "num_tools": 2,
        "tool": "seat_guest",
        "kind": "mine",
        "twin_of": "r1",
        "perturbation": name,
    }
    assert made["cluster"] == "r1"
    assert twin(row(cluster="guests"), name)["cluster"] == "guests"


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_the_row_itself_stays_as_it_was_and_the_same_row_has_the_same_twin(name):
    given = row()
    before = copy.deepcopy(given)
    assert twin(given, name) == twin(given, name)
    assert given == before


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_only_one_thing_differs(name):
    made, given = twin(row(), name), row()
    assert made["prompt"] == given["prompt"]
    same_target = name in ("reordered_arguments", "added_distractor", "missing_description")
    assert (made["target"] == given["target"]) == same_target
    assert len(made["tools"]) == (3 if name == "added_distractor" else 2)


def test_a_renamed_tool_is_renamed_in_target_and_metadata():
    made = twin(row(), "renamed_tool")
    assert [function["name"] for function in functions(made)] == ["guest_seat", "do_look"]
    assert made["target"] == {"calls": [{"name": "guest_seat", "arguments": EXACT}]}
    assert made["metadata"]["tool"] == "guest_seat"


@pytest.mark.parametrize(
    ("names", "others"),
    [
        (["book_table"], ["table_book"]),
        (["getUserName"], ["User_Name_get"]),
        (["HTTPGet"], ["Get_HTTP"]),
        (["look"], ["do_look"]),
        (["go_go"], ["do_go_go"]),
        (["日本"], ["do_日本"]),
        (["a_b", "b_a"], ["b_a_2", "a_b_2"]),
        (["get.time", "get_time"], ["time_get", "time_get_2"]),
    ],
)
def test_new_names_are_words_turned_round_and_never_taken(names, others):
    tools = [{"name": name, "parameters": {}} for name in names]
    made = twin(row(tools=tools, target={"calls": []}), "renamed_tool")
    assert [tool["name"] for tool in made["tools"]] == others


def test_a_tool_that_the_prompt_or_a_description_names_is_not_renamed():
    assert twin(row(prompt="Use seat_guest for Ann."), "renamed_tool") is None
    assert twin(row(prompt="", messages=[{"role": "user", "content": "seat_guest, please"}]), "renamed_tool") is None
    described = {**LOOK, "description": "Look, before seat_guest is called."}
    assert twin(row(tools=[SEAT, described]), "renamed_tool") is None


def test_properties_are_turned_round_at_any_depth_and_what_they_are_stays():
    made = twin(row(), "reordered_arguments")
    parameters = functions(made)[0]["parameters"]
    assert list(parameters["properties"]) == ["meals", "row", "guest"]
    assert list(parameters["properties"]["meals"]["items"]["properties"]) == ["num", "kind"]
    assert parameters["properties"]["meals"]["items"]["required"] == ["num", "kind"]
    given = SEAT["parameters"]["properties"]
    assert {key: parameters["properties"][key] for key in ("guest", "row")} == {
        key: given[key] for key in ("guest", "row")
    }


def test_a_single_property_has_no_other_order():
    assert twin(row(tools=[LOOK], target={"calls": []}), "reordered_arguments") is None


def test_a_distractor_stands_first_sounds_like_the_expected_tool_and_is_counted():
    made = twin(row(), "added_distractor")
    assert functions(made)[0]["name"] == "seat_guest_log"
    assert functions(made)[1:] == [SEAT, LOOK]
    assert made["metadata"]["num_tools"] == 3


def test_a_distractor_of_a_row_without_calls_sounds_like_its_first_tool_in_the_form_of_the_others():
    made = twin(row(tools=[LOOK, {**LOOK, "name": "look_log"}], target={"calls": []}), "added_distractor")
    assert [tool["name"] for tool in made["tools"]] == ["look_log_2", "look", "look_log"]


def test_other_enums_are_in_the_exact_target_and_in_defaults_and_a_free_text_stays():
    made = twin(row(), "changed_enum")
    properties = functions(made)[0]["parameters"]["properties"]
    assert properties["row"] == {"type": "string", "enum": ["ROW_FRONT", "ROW_BACK"], "default": "ROW_FRONT"}
    assert properties["meals"]["items"]["properties"]["kind"] == {"enum": ["KIND_HOT", "KIND_COLD"]}
    assert made["target"]["calls"][0]["arguments"] == {
        "guest": "front",
        "row": "ROW_BACK",
        "meals": [{"kind": "KIND_HOT", "num": 2}],
    }


def test_other_enums_are_in_an_accepted_target_and_what_may_be_left_away_still_may():
    made = twin(row(target={"calls": [{"name": "seat_guest", "accepted": ACCEPTED}]}), "changed_enum")
    assert made["target"]["calls"][0]["accepted"] == {
        "guest": ["front"],
        "row": ["ROW_FRONT", ""],
        "meals": [[{"kind": ["KIND_HOT", "KIND_COLD"], "num": [2]}]],
    }


@pytest.mark.parametrize("enum", [[1, 2], ["a b", "a-b"], ["", "x"], [None, "x"]])
def test_an_enum_that_cannot_be_renamed_stays(enum):
    tool = {"name": "pick", "parameters": {"properties": {"x": {"enum": enum}}}}
    target = {"calls": [{"name": "pick", "arguments": {"x": enum[1]}}]}
    assert twin(row(tools=[tool], target=target), "changed_enum") is None


def test_an_enum_that_the_answer_does_not_use_makes_no_twin():
    assert (
        twin(row(target={"calls": [{"name": "seat_guest", "arguments": {"guest": "front"}}]}), "changed_enum") is None
    )
    assert twin(row(target={"calls": []}), "changed_enum") is None
    optional = {"guest": ["front"], "row": ["front", ""], "meals": [[{"num": [2], "kind": ["hot", ""]}]]}
    assert twin(row(target={"calls": [{"name": "seat_guest", "accepted": optional}]}), "changed_enum") is None


def test_bare_values_within_an_accepted_object_are_renamed_too():
    tool = {"name": "pick", "parameters": {"properties": {"x": {"properties": {"kind": {"enum": ["a", "b"]}}}}}}
    target = {"calls": [{"name": "pick", "accepted": {"x": [{"kind": "a", "other": 3}]}}]}
    made = twin(row(tools=[tool], target=target), "changed_enum")
    assert made["target"]["calls"][0]["accepted"] == {"x": [{"kind": "KIND_A", "other": 3}]}


def test_entries_of_a_list_take_the_name_of_the_list():
    tool = {
        "name": "ring",
        "parameters": {"properties": {"days": {"type": "array", "items": {"enum": ["mon", "tue"]}}}},
    }
    target = {"calls": [{"name": "ring", "arguments": {"days": ["tue"]}}]}
    made = twin(row(tools=[tool], target=target), "changed_enum")
    assert made["tools"][0]["parameters"]["properties"]["days"]["items"] == {"enum": ["DAYS_MON", "DAYS_TUE"]}
    assert made["target"]["calls"][0]["arguments"] == {"days": ["DAYS_TUE"]}


def test_tools_lose_their_descriptions_and_parameters_keep_theirs():
    made = twin(row(), "missing_description")
    assert "description" not in functions(made)[0]
    assert functions(made)[0]["parameters"] == SEAT["parameters"]
    assert twin(row(tools=[LOOK], target={"calls": []}), "missing_description") is None


@pytest.mark.parametrize(
    "change",
    [
        {"tools": []},
        {"tools": None},
        {"target": None},
        {"prompt": "", "messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "look"}}]}]},
    ],
)
def test_rows_without_tools_or_target_and_those_with_earlier_calls_have_no_twin(change):
    assert list(twins([row(**change)])) == []


def test_all_twins_come_in_order_and_a_row_without_an_id_has_one_by_its_content():
    made = list(twins([row(), {key: value for key, value in row().items() if key != "id"}]))
    assert [one["metadata"]["perturbation"] for one in made] == [*PERTURBATIONS, *PERTURBATIONS]
    assert len({one["id"] for one in made}) == 10
    assert len(made[5]["metadata"]["twin_of"]) == 16
