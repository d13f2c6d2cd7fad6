"""`sfteval template check`: is a checkpoint asked as it was trained, by its own files and by a server?"""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import awaited, debug_option, parsed_settings, printable
from sfteval.errors import ConfigurationError

if TYPE_CHECKING:
    from sfteval.contract import ContractCheck, ProbeFinding
    from sfteval.types import Checkpoint

DRIFT = 12
EXAMPLES = """
\b
Examples:
  sfteval template check checkpoints/lab/think
  sfteval template check checkpoints/lab/think --endpoint http://127.0.0.1:8000/v1#think
  sfteval template check ckpt --set enable_thinking=false --json
"""


@click.group("template")
def command() -> None:
    """Is a checkpoint asked as it was trained?"""


@command.command("check", epilog=EXAMPLES)
@click.argument("checkpoint")
@click.option("--endpoint", metavar="URL#MODEL", help="Also what this server makes of the same conversations.")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Template key to check it with; repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@debug_option
def check(checkpoint: str, endpoint: str | None, settings: tuple[str, ...], as_json: bool) -> None:
    """Render probe conversations as in training and as now, and compare their token ids.

    \b
    Ends 0 where they are the same or cannot be compared, 12 on template drift, 13 where the server does not answer.
    """
    from sfteval.tracking import redacted, redacted_text  # a server may say anything back, our key too

    checked = _checkpoint(checkpoint, settings)
    checks = awaited(_checks(checked, endpoint))
    if as_json:
        click.echo(json.dumps(redacted(_as_json(checked, checks)), indent=2))
    else:
        for line in _lines(checks):
            click.echo(printable(redacted_text(line)))
    if any(one.drifted for one in checks):
        raise SystemExit(DRIFT)


def _checkpoint(argument: str, settings: tuple[str, ...]) -> "Checkpoint":
    from sfteval.checkpoints import resolve_checkpoint, with_overrides

    checkpoint = with_overrides(resolve_checkpoint(argument), parsed_settings(settings, "--set"))
    if checkpoint.kind in ("directory", "adapter", "hub"):
        return checkpoint
    raise ConfigurationError(
        argument,
        expected="a checkpoint directory, an adapter or hf:ORG/NAME, whose files say how it was trained",
        got=f"the {checkpoint.kind} form",
        next_move="Give that, and a server of it as --endpoint URL#MODEL",
    )


async def _checks(checkpoint: "Checkpoint", endpoint: str | None) -> "tuple[ContractCheck, ...]":
    from sfteval.contract import static_checks

    checks = static_checks(checkpoint)
    return checks if endpoint is None else (*checks, await _served(checkpoint, endpoint))


async def _served(checkpoint: "Checkpoint", endpoint: str) -> "ContractCheck":
    from dataclasses import replace

    from sfteval.backends import open_backend
    from sfteval.checkpoints import resolve_checkpoint
    from sfteval.contract import check_served

    server = resolve_checkpoint(endpoint)
    if server.kind != "endpoint":
        raise ConfigurationError(
            "--endpoint", expected="http://HOST:PORT/v1#MODEL", got=f'"{endpoint}"', next_move="Give a served model"
        )
    async with open_backend(server, "endpoint") as backend:
        await backend.ready()
        check = await check_served(checkpoint, backend)
    assert check is not None, "an endpoint is a server"
    return replace(check, where=f"{server.url}#{server.model}")


# -- what is printed ---------------------------------------------------------------------------------------------------


def _as_json(checkpoint: "Checkpoint", checks: "Sequence[ContractCheck]") -> dict[str, Any]:
    return {
        "checkpoint": checkpoint.argument,
        "template_sha256": checkpoint.template_sha256,
        "template_kwargs": dict(checkpoint.template_kwargs),
        "drifted": any(one.drifted for one in checks),
        "verified": bool(checks) and all(one.verified for one in checks),
        "checks": [one.as_json() for one in checks],
    }


def _lines(checks: "Sequence[ContractCheck]") -> Iterator[str]:
    if not checks:
        yield "no training record in this checkpoint: its own files are its contract"
        yield "    -> give --endpoint URL#MODEL to hold a server against them"
    for one in checks:
        yield f"{one.where}, against {one.against}"
        shown: set[str] = set()
        for finding in one.findings:
            yield from _finding_lines(finding, shown)
        yield f"  -> {_summary(one)}"


def _finding_lines(finding: "ProbeFinding", shown: set[str]) -> Iterator[str]:
    """Yield a probe's line; the texts stand below it the first time that a kind of difference is met."""
    difference = finding.difference
    said = f"{difference.kind}, from token {difference.index} on" if difference else finding.note
    yield f"  {finding.state:<8} {finding.probe:<26} {said}".rstrip()
    if difference and difference.kind not in shown:
        from sfteval.contract.difference import quoted

        shown.add(difference.kind)
        yield f"  {'':<8} {'':<4} after     {quoted(difference.before)}"
        yield f"  {'':<8} {'':<4} expected  {quoted(difference.expected)}"
        yield f"  {'':<8} {'':<4} got       {quoted(difference.found)}"


def _summary(check: "ContractCheck") -> str:
    total = len(check.findings)
    if check.different:
        word = "drift" if check.drifted else "a warning"
        return f"{word}: {len(check.different)} of {total} differ"
    if not check.verified:
        return "unverified: it cannot be told"
    refused = sum(finding.state == "refused" for finding in check.findings)
    return "holds" + (f"; {refused} of {total} are refused by both" if refused else "")
