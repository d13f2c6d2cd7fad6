"""Tasks with a shop: order by name, cancel what is open, raise an order, and choose the cheapest that there is."""

from collections.abc import Iterator
from typing import Any

from sfteval.suites.agent.scenario import Scenario, call


def good(name: str, price: int, quantity: int) -> dict[str, Any]:
    """Return a good of the state."""
    return {"name": name, "price": price, "quantity": quantity}


def order(customer: str, name: str, quantity: int, status: str = "open") -> dict[str, Any]:
    """Return an order of the state."""
    return {"customer": customer, "good": name, "quantity": quantity, "status": status}


GARDEN: dict[str, Any] = {
    "shop": {
        "stock": {
            "G-1": good("Watering can, zinc", 24, 12),
            "G-2": good("Watering can, plastic", 9, 0),
            "G-3": good("Watering can, copper", 61, 3),
            "G-4": good("Hedge shears", 38, 7),
            "G-5": good("Garden hose 20 m", 33, 15),
        },
        "orders": {
            "o1": order("Amara Diallo", "G-5", 1),
            "o2": order("Amara Diallo", "G-4", 2, "shipped"),
            "o3": order("Pavel Novak", "G-1", 4),
            "o4": order("Amara Diallo", "G-1", 3),
        },
    }
}
PAPER: dict[str, Any] = {
    "shop": {
        "stock": {
            "P-1": good("Notebook A5, lined", 4, 80),
            "P-2": good("Notebook A5, blank", 3, 0),
            "P-3": good("Notebook A4, squared", 5, 26),
            "P-4": good("Fountain pen", 29, 9),
            "P-5": good("Ink, blue, 50 ml", 11, 40),
        },
        "orders": {
            "o1": order("Ines Carvalho", "P-4", 1),
            "o2": order("Jonas Weber", "P-1", 10, "shipped"),
            "o3": order("Jonas Weber", "P-5", 6),
            "o4": order("Ines Carvalho", "P-3", 2),
        },
    }
}


def ordered() -> Iterator[Scenario]:
    """An order of a good that is named in words."""
    for state, customer, words, name, quantity, total, fails_at in (
        (GARDEN, "Lucía Ferrer", "hedge shears", "G-4", 3, "114", 0),
        (PAPER, "Ömer Aydın", "fountain pen", "P-4", 4, "116", 2),
    ):
        yield Scenario(
            stem="shop: order by name",
            services=("shop",),
            state=state,
            says=(f"Order {quantity} pieces of the {words} for {customer}, and tell me the total in euros.",),
            solution=(
                (
                    call("shop_find", words=words),
                    call("shop_order", customer=customer, good=name, quantity=quantity),
                ),
            ),
            answers=((total,),),
            fails_at=fails_at,
        )


def all_open_cancelled() -> Iterator[Scenario]:
    """All open orders of a customer go, shipped ones stay."""
    for state, customer, names, fails_at in (
        (GARDEN, "Amara Diallo", ("o1", "o4"), 3),
        (PAPER, "Ines Carvalho", ("o1", "o4"), 0),
    ):
        yield Scenario(
            stem="shop: cancel what is open",
            services=("shop",),
            state=state,
            says=(f"{customer} moves abroad. Cancel every order of hers that is still open and tell me their ids.",),
            solution=(
                (
                    call("shop_orders", customer=customer),
                    *(call("shop_cancel", order=name) for name in names),
                ),
            ),
            answers=(names,),
            fails_at=fails_at,
        )


def raised() -> Iterator[Scenario]:
    """A question about the stock, then more pieces on an order that stands."""
    for state, customer, words, name, left, quantity, more in (
        (GARDEN, "Pavel Novak", "zinc", "o3", "12", 9, 5),
        (PAPER, "Jonas Weber", "ink", "o3", "40", 14, 8),
    ):
        yield Scenario(
            stem="shop: raise an order",
            services=("shop",),
            state=state,
            says=(
                f'How many pieces do you have in stock of the good with "{words}" in its name?',
                f"Good. {customer} has an open order of it: add {more} pieces to that order, please.",
            ),
            solution=(
                (call("shop_find", words=words),),
                (call("shop_orders", customer=customer), call("shop_change", order=name, quantity=quantity)),
            ),
            answers=((left,), ()),
        )


def cheapest() -> Iterator[Scenario]:
    """The cheapest is sold out, the next one is not."""
    for state, customer, words, name, quantity, total in (
        (GARDEN, "Birgit Sandström", "watering can", "G-1", 2, "48"),
        (PAPER, "Kwame Mensah", "notebook", "P-1", 12, "48"),
    ):
        yield Scenario(
            stem="shop: the cheapest in stock",
            services=("shop",),
            state=state,
            says=(
                f"{customer} wants {quantity} pieces of a {words}, whichever is the cheapest of which that many are in "
                "stock. Order them and tell me the id of the new order and the total.",
            ),
            solution=(
                (
                    call("shop_find", words=words),
                    call("shop_order", customer=customer, good=name, quantity=quantity),
                ),
            ),
            answers=(("o5", total),),
        )


def tasks() -> Iterator[Scenario]:
    """Return all tasks with a shop."""
    yield from ordered()
    yield from all_open_cancelled()
    yield from raised()
    yield from cheapest()
