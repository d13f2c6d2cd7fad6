"""A shop: goods in stock, and the orders of its customers.

State: `{"stock": {"G-1": {"name", "price", "quantity"}},
"orders": {"o1": {"customer", "good", "quantity", "status"}}}`; prices are whole euros.
An order takes from the stock, a cancelled one gives back. Does not know who pays.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.agents.service import Service, ServiceTool, State, next_id, one_of, record, refused, table, text, whole

MAX_ORDERS = 500
MOST = 1_000_000
GOOD = record({"name": text("name"), "price": whole("price", 0, MOST), "quantity": whole("quantity", 0, MOST)})
ORDER = record(
    {
        "customer": text("customer"),
        "good": text("good"),
        "quantity": whole("quantity", 1, 1000),
        "status": one_of("status", ("open", "shipped", "cancelled")),
    }
)
CUSTOMER = {"customer": text("Name of the customer")}
ORDER_ID = {"order": text("Id of the order, for example o3", 20)}
QUANTITY = {"quantity": whole("How many pieces", 1, 1000)}


def find_goods(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List the goods whose name holds some words."""
    words = arguments["words"].casefold()
    return state, [{"good": key, **good} for key, good in state["stock"].items() if words in good["name"].casefold()]


def orders_of(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List a customer's orders."""
    customer = arguments["customer"].casefold()
    return state, [
        {"order": key, **order} for key, order in state["orders"].items() if order["customer"].casefold() == customer
    ]


def place_order(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Order pieces of a good that are in stock."""
    good, quantity = arguments["good"], arguments["quantity"]
    if len(state["orders"]) >= MAX_ORDERS:
        return state, refused("The shop takes no more orders.")
    if good not in state["stock"]:
        return state, refused(f"There is no good {good}. Search the stock by name to see the ids.")
    if (left := state["stock"][good]["quantity"]) < quantity:
        return state, refused(f"Only {left} pieces of {good} are in stock.")
    name = next_id("o", state["orders"])
    order = {"customer": arguments["customer"], "good": good, "quantity": quantity, "status": "open"}
    total = quantity * state["stock"][good]["price"]
    changed = _with_stock({**state, "orders": {**state["orders"], name: order}}, good, -quantity)
    return changed, {"order": name, **order, "total": total}


def change_order(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Change how many pieces an open order is for."""
    name, quantity = arguments["order"], arguments["quantity"]
    if (reason := _not_open(state, name)) is not None:
        return state, refused(reason)
    order = state["orders"][name]
    more = quantity - order["quantity"]
    if (left := state["stock"][order["good"]]["quantity"]) < more:
        return state, refused(f"Only {left} more pieces of {order['good']} are in stock.")
    changed = {**order, "quantity": quantity}
    return _with_stock({**state, "orders": {**state["orders"], name: changed}}, order["good"], -more), {
        "order": name,
        **changed,
        "total": quantity * state["stock"][order["good"]]["price"],
    }


def cancel_order(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Cancel an open order; its pieces are in stock again."""
    name = arguments["order"]
    if (reason := _not_open(state, name)) is not None:
        return state, refused(reason)
    order = {**state["orders"][name], "status": "cancelled"}
    changed = _with_stock({**state, "orders": {**state["orders"], name: order}}, order["good"], order["quantity"])
    return changed, {"order": name, **order}


def _not_open(state: State, name: str) -> str | None:
    """Return why an order cannot be changed; None: it can."""
    if name not in state["orders"]:
        return f"There is no order {name}. List the customer's orders to see their ids."
    status = state["orders"][name]["status"]
    return None if status == "open" else f"Order {name} is {status} and cannot be changed."


def _with_stock(state: State, good: str, change: int) -> State:
    entry = state["stock"][good]
    return {**state, "stock": {**state["stock"], good: {**entry, "quantity": entry["quantity"] + change}}}


SERVICE = Service(
    name="shop",
    about="A shop with its stock and its orders.",
    tools=(
        ServiceTool(
            "shop_find",
            "Search the stock by words in the name; tells id, price in euros and pieces in stock.",
            record({"words": text("Words of the good's name")}),
            find_goods,
        ),
        ServiceTool("shop_orders", "List all orders of a customer with their status.", record(CUSTOMER), orders_of),
        ServiceTool(
            "shop_order",
            "Place an order for a customer; tells its id and the total in euros.",
            record({**CUSTOMER, "good": text("Id of the good, for example G-2", 20), **QUANTITY}),
            place_order,
        ),
        ServiceTool(
            "shop_change",
            "Change the number of pieces of an open order.",
            record({**ORDER_ID, **QUANTITY}),
            change_order,
        ),
        ServiceTool("shop_cancel", "Cancel an open order.", record(ORDER_ID), cancel_order),
    ),
    state=record({"stock": table(GOOD), "orders": table(ORDER)}),
)
