"""Tasks with a bank: pay a person, freeze who took money, pay rent out of two accounts, and pay again what was paid."""

from collections.abc import Iterator
from typing import Any

from sfteval.suites.agent.scenario import Scenario, call


def account(owner: str, balance: int, frozen: bool = False) -> dict[str, Any]:
    """Return an account of the state."""
    return {"owner": owner, "balance": balance, "frozen": frozen}


def paid(source: str, target: str, amount: int, note: str) -> dict[str, Any]:
    """Return a transfer of the state."""
    return {"source": source, "target": target, "amount": amount, "note": note}


HARBOUR: dict[str, Any] = {
    "bank": {
        "accounts": {
            "A-1": account("Mira Kovač", 840),
            "A-2": account("Mira Kovač", 5200),
            "A-3": account("Ravi Menon", 130),
            "A-4": account("Harbour Cycles", 9100),
            "A-5": account("Quick Parcel", 77),
        },
        "transfers": [
            paid("A-1", "A-4", 260, "bicycle repair"),
            paid("A-1", "A-5", 49, "customs fee"),
            paid("A-3", "A-1", 35, "concert tickets"),
            paid("A-1", "A-4", 18, "bell"),
        ],
    }
}
VALLEY: dict[str, Any] = {
    "bank": {
        "accounts": {
            "A-11": account("Tomás Quispe", 415),
            "A-12": account("Tomás Quispe", 2750),
            "A-13": account("Elif Demir", 66),
            "A-14": account("Valley Dairy", 4020),
            "A-15": account("Lucky Lottery", 12),
        },
        "transfers": [
            paid("A-11", "A-15", 90, "prize handling"),
            paid("A-11", "A-14", 132, "milk in January"),
            paid("A-13", "A-11", 20, "birthday"),
            paid("A-11", "A-14", 141, "milk in February"),
        ],
    }
}


def to_a_person() -> Iterator[Scenario]:
    """Money to somebody whose account has to be found."""
    for state, source, person, target, amount, note, left, fails_at in (
        (HARBOUR, "A-1", "Ravi Menon", "A-3", 115, "train to Lyon", "725", 0),
        (VALLEY, "A-11", "Elif Demir", "A-13", 84, "school books", "331", 2),
    ):
        yield Scenario(
            stem="bank: pay a person",
            services=("bank",),
            state=state,
            says=(
                f'Send {amount} euros from my account {source} to {person} with the note "{note}". '
                "How much is left on my account then?",
            ),
            solution=(
                (
                    call("bank_accounts", owner=person),
                    call("bank_transfer", source=source, target=target, amount=amount, note=note),
                ),
            ),
            answers=((left,),),
            fails_at=fails_at,
        )


def frozen() -> Iterator[Scenario]:
    """The account that received a certain payment is frozen."""
    for state, source, note, target, amount, fails_at in (
        (HARBOUR, "A-1", "customs fee", "A-5", "49", 0),
        (VALLEY, "A-11", "prize handling", "A-15", "90", 1),
    ):
        yield Scenario(
            stem="bank: freeze who took it",
            services=("bank",),
            state=state,
            says=(
                f'I never agreed to the payment "{note}" from {source}. Freeze the account that received it, and tell '
                "me how much it was.",
            ),
            solution=((call("bank_history", account=source), call("bank_freeze", account=target)),),
            answers=((amount,),),
            fails_at=fails_at,
        )


def rent() -> Iterator[Scenario]:
    """One account does not hold enough: the other one makes up for it first."""
    for state, owner, current, savings, target, amount, missing, note in (
        (HARBOUR, "Mira Kovač", "A-1", "A-2", "A-4", 900, 60, "rent for April"),
        (VALLEY, "Tomás Quispe", "A-11", "A-12", "A-14", 700, 285, "lease for spring"),
    ):
        yield Scenario(
            stem="bank: pay out of two accounts",
            services=("bank",),
            state=state,
            says=(
                f'I am {owner}. Pay {amount} euros from {current} to {target}, note "{note}". If {current} does not '
                f'hold enough, first move exactly what is missing there from my other account, note "top-up".',
            ),
            solution=(
                (
                    call("bank_accounts", owner=owner),
                    call("bank_transfer", source=savings, target=current, amount=missing, note="top-up"),
                    call("bank_transfer", source=current, target=target, amount=amount, note=note),
                ),
            ),
        )


def again() -> Iterator[Scenario]:
    """Two questions that change nothing, then a payment that rests on their answers."""
    for state, owner, source, savings, target, amount, note in (
        (HARBOUR, "Mira Kovač", "A-1", "5200", "A-4", 18, "bell"),
        (VALLEY, "Tomás Quispe", "A-11", "2750", "A-14", 141, "milk in February"),
    ):
        yield Scenario(
            stem="bank: pay it again",
            services=("bank",),
            state=state,
            says=(
                f"I am {owner}. How much is on my savings, the account of mine that holds the most?",
                f"And what did {source} pay last to {target}? Tell me the amount.",
                "Pay that again, with the same note and between the same accounts.",
            ),
            solution=(
                (call("bank_accounts", owner=owner),),
                (call("bank_history", account=source),),
                (call("bank_transfer", source=source, target=target, amount=amount, note=note),),
            ),
            answers=((savings,), (str(amount),), ()),
        )


def tasks() -> Iterator[Scenario]:
    """Return all tasks with a bank."""
    yield from to_a_person()
    yield from frozen()
    yield from rent()
    yield from again()
