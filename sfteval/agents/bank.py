"""A bank's ledger: accounts with whole euros, and the transfers between them.

State: `{"accounts": {"A-1": {"owner", "balance", "frozen"}}, "transfers": [{"source", "target", "amount", "note"}]}`.
No account goes below zero, and a frozen one neither pays nor receives. Does not know passwords.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.agents.service import Service, ServiceTool, State, record, refused, table, text, whole

MOST = 1_000_000_000
MAX_TRANSFERS = 500
ACCOUNT = record({"owner": text("owner"), "balance": whole("balance", 0, MOST), "frozen": {"type": "boolean"}})
ACCOUNT_ID = {"account": text("Id of the account, for example A-3", 20)}
TRANSFER = {
    "source": text("Id of the account that pays", 20),
    "target": text("Id of the account that receives", 20),
    "amount": whole("Whole euros", 1, MOST),
    "note": text("What it is for"),
}


def accounts_of(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List an owner's accounts."""
    owner = arguments["owner"].casefold()
    return state, [
        {"account": key, **account}
        for key, account in state["accounts"].items()
        if account["owner"].casefold() == owner
    ]


def history(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """List the transfers that an account made or received, oldest first."""
    name = arguments["account"]
    if name not in state["accounts"]:
        return state, _unknown(name)
    return state, [one for one in state["transfers"] if name in (one["source"], one["target"])]


def transfer(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Move money from one account to another."""
    source, target, amount = arguments["source"], arguments["target"], arguments["amount"]
    for name in (source, target):
        if name not in state["accounts"]:
            return state, _unknown(name)
        if state["accounts"][name]["frozen"]:
            return state, refused(f"Account {name} is frozen.")
    if source == target:
        return state, refused("An account cannot pay itself.")
    if len(state["transfers"]) >= MAX_TRANSFERS:
        return state, refused("The ledger is full.")
    if (balance := state["accounts"][source]["balance"]) < amount:
        return state, refused(f"Account {source} holds {balance} euros, less than {amount}.")
    done = {key: arguments[key] for key in ("source", "target", "amount", "note")}
    paid = _with_balance(_with_balance(state, source, -amount), target, amount)
    return {**paid, "transfers": [*state["transfers"], done]}, {
        "transferred": amount,
        "left": paid["accounts"][source]["balance"],
    }


def freeze(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Freeze an account."""
    return _set_frozen(state, arguments["account"], True)


def unfreeze(state: State, arguments: Mapping[str, Any]) -> tuple[State, Any]:
    """Lift the freeze of an account."""
    return _set_frozen(state, arguments["account"], False)


def _unknown(name: str) -> dict[str, str]:
    return refused(f"There is no account {name}. List the owner's accounts to see their ids.")


def _set_frozen(state: State, name: str, frozen: bool) -> tuple[State, Any]:
    if name not in state["accounts"]:
        return state, _unknown(name)
    account = {**state["accounts"][name], "frozen": frozen}
    return {**state, "accounts": {**state["accounts"], name: account}}, {"account": name, **account}


def _with_balance(state: State, name: str, change: int) -> State:
    account = state["accounts"][name]
    changed = {**account, "balance": account["balance"] + change}
    return {**state, "accounts": {**state["accounts"], name: changed}}


SERVICE = Service(
    name="bank",
    about="A small bank's ledger.",
    tools=(
        ServiceTool(
            "bank_accounts",
            "List an owner's accounts with their balance in euros.",
            record({"owner": text("Name of the owner")}),
            accounts_of,
        ),
        ServiceTool("bank_history", "List all transfers of an account, oldest first.", record(ACCOUNT_ID), history),
        ServiceTool(
            "bank_transfer",
            "Move whole euros from one account to another. Fails where the balance is too low.",
            record(TRANSFER),
            transfer,
        ),
        ServiceTool(
            "bank_freeze", "Freeze an account, so that it neither pays nor receives.", record(ACCOUNT_ID), freeze
        ),
        ServiceTool("bank_unfreeze", "Lift the freeze of an account.", record(ACCOUNT_ID), unfreeze),
    ),
    state=record({"accounts": table(ACCOUNT), "transfers": {"type": "array", "items": record(TRANSFER)}}),
)
