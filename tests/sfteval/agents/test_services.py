"""The toy services: what each tool changes, what it refuses, and that nothing else changes."""

import json

import pytest

from sfteval.agents import SERVICES, Service, is_refusal, service_named
from sfteval.errors import DataError
from sfteval.scorers.tool_schemas import schema_faults, tools_of
from sfteval.suites.agent.bank_tasks import HARBOUR
from sfteval.suites.agent.calendar_tasks import OFFICE
from sfteval.suites.agent.errands_tasks import agenda
from sfteval.suites.agent.notes_tasks import HOME
from sfteval.suites.agent.shop_tasks import GARDEN
from sfteval.suites.agent.trains_tasks import NORTH

STATES = {
    name: state[name]
    for name, state in {
        "calendar": OFFICE, "shop": GARDEN, "bank": HARBOUR, "notes": HOME, "trains": NORTH,
        "errands": agenda("table Eve"),
    }.items()
}  # fmt: skip
DAY = "2026-03-09"


def run(service, tool, **arguments):
    """Return what differs in the state afterwards, and the observation; the state before must stay as it was."""
    before = json.dumps(STATES[service])
    (found,) = (one for one in service_named(service).tools if one.name == tool)
    state, observation = found.run(STATES[service], arguments)
    assert json.dumps(STATES[service]) == before
    return {key: value for key, value in state.items() if value != STATES[service][key]}, observation


@pytest.mark.parametrize("name", SERVICES)
def test_every_tool_has_a_valid_schema_and_the_states_fit_theirs(name):
    service = service_named(name)
    assert set(tools_of([tool.definition for tool in service.tools], name)) == {tool.name for tool in service.tools}
    (form,) = tools_of([{"name": "state", "parameters": service.state}], name).values()
    assert schema_faults(form.given, STATES[name]) == []


def test_no_two_services_have_a_tool_of_one_name():
    names = [tool.name for name in SERVICES for tool in service_named(name).tools]
    assert len(names) == len(set(names))


def test_events_do_not_overlap():
    changed, told = run("calendar", "calendar_add", title="Walk", day=DAY, start="11:30", end="12:30")
    assert changed["events"]["e7"] == {"title": "Walk", "day": DAY, "start": "11:30", "end": "12:30"}
    assert told["event"] == "e7"
    changed, told = run("calendar", "calendar_add", title="Walk", day=DAY, start="11:29", end="12:00")
    assert (changed, told) == ({}, {"error": "Budget review (e2) stands there from 10:00 to 11:30."})
    changed, told = run("calendar", "calendar_move", event="e2", day=DAY, start="10:15", end="11:00")
    assert changed["events"]["e2"]["start"] == "10:15"
    assert is_refusal(run("calendar", "calendar_move", event="e2", day=DAY, start="11:00", end="11:00")[1])


def test_events_are_found_and_cancelled():
    assert [event["event"] for event in run("calendar", "calendar_day", day=DAY)[1]] == ["e1", "e2", "e3"]
    assert [event["event"] for event in run("calendar", "calendar_find", words="WORKSHOP")[1]] == ["e6"]
    assert "e1" not in run("calendar", "calendar_cancel", event="e1")[0]["events"]
    assert run("calendar", "calendar_cancel", event="e9") == (
        {}, {"error": "There is no event e9. List the day's events to see their ids."}
    )  # fmt: skip


def test_orders_take_from_the_stock_and_give_back():
    changed, told = run("shop", "shop_order", customer="Ada", good="G-1", quantity=2)
    assert (changed["stock"]["G-1"]["quantity"], told["order"], told["total"]) == (10, "o5", 48)
    assert run("shop", "shop_order", customer="Ada", good="G-3", quantity=4) == (
        {}, {"error": "Only 3 pieces of G-3 are in stock."}
    )  # fmt: skip
    assert run("shop", "shop_change", order="o3", quantity=1)[0]["stock"]["G-1"]["quantity"] == 15
    assert is_refusal(run("shop", "shop_change", order="o3", quantity=17)[1])
    assert run("shop", "shop_cancel", order="o4")[0]["stock"]["G-1"]["quantity"] == 15
    assert run("shop", "shop_cancel", order="o2")[1] == {"error": "Order o2 is shipped and cannot be changed."}
    assert [order["order"] for order in run("shop", "shop_orders", customer="amara diallo")[1]] == ["o1", "o2", "o4"]


def test_money_is_neither_made_nor_lost():
    changed, told = run("bank", "bank_transfer", source="A-1", target="A-3", amount=40, note="x")
    balances = [changed["accounts"][name]["balance"] for name in ("A-1", "A-3")]
    assert (balances, told) == ([800, 170], {"transferred": 40, "left": 800})
    for source, target, amount in (("A-1", "A-9", 1), ("A-1", "A-1", 1), ("A-5", "A-1", 78)):
        changed, told = run("bank", "bank_transfer", source=source, target=target, amount=amount, note="x")
        assert (changed, is_refusal(told)) == ({}, True)
    assert run("bank", "bank_freeze", account="A-5")[0]["accounts"]["A-5"]["frozen"]
    assert len(run("bank", "bank_history", account="A-3")[1]) == 1


def test_a_frozen_account_neither_pays_nor_receives():
    frozen = run("bank", "bank_freeze", account="A-5")[0]
    (transfer,) = (tool for tool in service_named("bank").tools if tool.name == "bank_transfer")
    for source, target in (("A-5", "A-1"), ("A-1", "A-5")):
        state, told = transfer.run(
            {**HARBOUR["bank"], **frozen}, {"source": source, "target": target, "amount": 1, "note": "x"}
        )
        assert (told, state["transfers"]) == ({"error": "Account A-5 is frozen."}, HARBOUR["bank"]["transfers"])


def test_notes_are_written_added_to_renamed_and_deleted():
    files = run("notes", "notes_append", path="lists/groceries.txt", line="eggs")[0]["files"]
    assert files["lists/groceries.txt"] == "milk\nbread\nbasil\neggs"
    files = run("notes", "notes_rename", path="drafts/poem.txt", new_path="final.txt")[0]["files"]
    assert "drafts/poem.txt" not in files
    assert files["final.txt"] == "The rain has no plan"
    assert run("notes", "notes_list", folder="lists/")[1] == ["lists/groceries.txt", "lists/hardware.txt"]
    assert run("notes", "notes_delete", path="../../etc/passwd") == (
        {}, {"error": "There is no file ../../etc/passwd. List the files to see their names."}
    )  # fmt: skip
    assert is_refusal(run("notes", "notes_rename", path="drafts/poem.txt", new_path="trips/oslo.txt")[1])


def test_seats_are_counted():
    assert [train["train"] for train in run("trains", "train_search", origin="bergen", destination="Oslo",
                                            day="2026-05-08")[1]] == ["T10", "T11", "T12", "T13"]  # fmt: skip
    changed, told = run("trains", "train_buy", train="T12", passenger="Ada")
    assert (changed["trains"]["T12"]["seats"], told) == (
        8,
        {"ticket": "t3", "train": "T12", "passenger": "Ada", "price": 46},
    )
    assert run("trains", "train_buy", train="T11", passenger="Ada")[1] == {"error": "Train T11 has no free seat."}
    changed = run("trains", "train_change", ticket="t1", train="T13")[0]
    assert [changed["trains"][name]["seats"] for name in ("T10", "T13")] == [5, 1]
    assert run("trains", "train_cancel", ticket="t2")[0]["trains"]["T14"]["seats"] == 7


def test_errands_answer_in_one_word():
    assert run("errands", "book_hotel", count=3, city="Paris") == (
        {"done": [{"tool": "book_hotel", "arguments": {"count": 3, "city": "Paris"}}]}, "done"
    )  # fmt: skip
    assert run("errands", "book_table", count=4, name="Eve") == ({}, "full")
    assert run("errands", "check_table", name="Ben", count=4) == ({}, "free")


def test_an_unknown_service_names_the_nearest_one():
    with pytest.raises(DataError) as error:
        service_named("calender")
    assert 'expected a known service, got "calender". Did you mean "calendar"?' in str(error.value)


def test_a_service_of_a_third_party_is_found_by_its_entry_point(monkeypatch):
    class Point:
        name = "lamps"

        def __init__(self, value):
            self.value = value

        def load(self):
            return self.value

    lamps = Service("lamps", "Lamps.", (), {"type": "object"})
    monkeypatch.setattr("sfteval.agents.entry_points", lambda group: [Point(lamps)])
    assert service_named("lamps") is lamps
    monkeypatch.setattr("sfteval.agents.entry_points", lambda group: [Point("no service")])
    with pytest.raises(DataError) as error:
        service_named("lamps", 'sample "s1"')
    assert 'sample "s1", service "lamps": expected a sfteval.agents.Service, got str' in str(error.value)
