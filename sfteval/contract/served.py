"""A checkpoint and what serves it in, whether the server's prompts are the contract's out, probe by probe.

A server that cannot tell is unverified and never drift. A template that prints today's date gives another prompt every
day: that is said, and forbids nothing, unless the weights were trained here with the date standing still. Asks for
prompts only, one after the other; does not know what kind of server it is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sfteval.backends import Backend
from sfteval.chat import ChatFormat
from sfteval.contract.check import ContractCheck, ProbeFinding, held
from sfteval.contract.formats import Rendered, contract_format, has_files, rendered, trained_template
from sfteval.contract.probes import Probe, probes_for
from sfteval.errors import NotComparableError, RefusedError, TemplateError, TransientError
from sfteval.types import Checkpoint

CONTRACT, FILES = "what it was trained with", "the checkpoint's own files"
TRIES = 3
PAUSE_SECONDS = 0.5
NO_FILES = "unverified, there are no files here that say how it was trained"
DATED = "the template prints a date, so that its prompts change from day to day"

Teller = Callable[..., Awaitable[tuple[int, ...] | None]]


async def check_served(checkpoint: Checkpoint, backend: Backend) -> ContractCheck | None:
    """Return what a ready server makes of every probe, held against the checkpoint's contract.

    None: the backend is no server and renders with the checkpoint's own files. Raises: BackendError where the server
    does not answer.
    """
    teller: Teller | None = getattr(backend, "served_prompt", None)
    if teller is None:
        return None
    where = f"the server ({backend.name})"
    if not has_files(checkpoint):
        return ContractCheck(where, CONTRACT, (ProbeFinding("template", "unknown", note=NO_FILES),))
    chat, is_trained = contract_format(checkpoint), trained_template(checkpoint) is not None
    findings: list[ProbeFinding] = []
    for probe in probes_for(chat.template):
        finding = await _asked(probe, chat, checkpoint, teller)
        findings.append(finding if is_trained else _without_date(finding))
        if finding.state == "unknown":
            break
    return ContractCheck(where, CONTRACT if is_trained else FILES, tuple(findings))


def refuse_drift(checkpoint: Checkpoint, check: ContractCheck) -> None:
    """Refuse a server whose prompts are not the contract's.

    Raises: NotComparableError on drift.
    """
    if not check.drifted:
        return
    others = f", and {len(check.different) - 1} more" if len(check.different) > 1 else ""
    raise NotComparableError(
        f"{checkpoint.name}, {check.where}",
        expected=f"the prompts of {check.against}",
        got=f"others at {check.different[0].sentence()}{others}",
        next_move="Serve it with its own chat_template.jinja (`sfteval template check` shows every difference), "
        "or pass --allow-template-drift to compare all the same",
    )


async def _asked(probe: Probe, chat: ChatFormat, checkpoint: Checkpoint, teller: Teller) -> ProbeFinding:
    kwargs: dict[str, Any] = {**checkpoint.template_kwargs, **probe.template_kwargs}
    expected = rendered(chat, probe, checkpoint.template_kwargs)
    found: Rendered | RefusedError | TemplateError
    try:
        told = await _patiently(
            lambda: teller(probe.messages, probe.tools, kwargs, add_generation_prompt=probe.add_generation_prompt)
        )
    except (RefusedError, TemplateError) as refused:
        found = refused
    else:
        if told is None:
            return ProbeFinding(probe.name, "unknown")
        found = Rendered(told)
    return held(probe, expected, found, chat)


async def _patiently(ask: Callable[[], Awaitable[tuple[int, ...] | None]]) -> tuple[int, ...] | None:
    for tried in range(1, TRIES):
        try:
            return await ask()
        except TransientError:
            await asyncio.sleep(PAUSE_SECONDS * tried)
    return await ask()


def _without_date(finding: ProbeFinding) -> ProbeFinding:
    if finding.difference is None or not finding.difference.only_dates:
        return finding
    return replace(finding, state="ok", note=DATED)
