"""Canaries among the rows: settings and a base in, one more portion of rows out, or a refusal before step 0.

A canary is a row like any other: it is rendered, proved and packed with the rest, and a repeat is one more pass of an
epoch over it. It is in no file, on no side of the held-out split, and no error quotes it. One seed and one base make
the same secrets for both arms and for every run, so that runs can be compared; another base has others, for it may have
learned from a run that had them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sfteval.canaries import MIN_OF_A_DOSE, PREFIX, CanaryPlan, shares
from sfteval.chat import ChatFormat
from sfteval.errors import ConfigurationError, ProofError, TemplateError
from sfteval.identity import content_hash
from sfteval.progress import Stage
from sfttrain.config import CanarySettings
from sfttrain.data import Portion
from sfttrain.data.report import reasoning
from sfttrain.prepare.rendering import Rendered, Rendering, render_portion
from sfttrain.types import Conversation, DataReport

NAME = "canaries"
WITHOUT = "or train without canaries"


def plan_canaries(settings: CanarySettings, base_fingerprint: str, portions: Sequence[Portion]) -> CanaryPlan | None:
    """Return the plan of the settings' canaries; None: none are wanted.

    Raises: ConfigurationError for settings that plant nothing which could be measured.
    """
    if not settings.count:
        return None
    _check_doses(settings)
    turns, reasoned = reasoning(row for portion in portions for row in portion.rows)
    key = content_hash([NAME, settings.seed, base_fingerprint])
    plan = CanaryPlan(key, shares(settings.count, settings.repeats), has_thoughts=2 * reasoned > turns)
    num_rows = sum(sum(portion.times) for portion in portions)
    if plan.num_rows > num_rows:
        raise _refused(
            f"at most as many rows with canaries as the data has, {num_rows:,}",
            f"{plan.num_rows:,}",
            f"Lower --canaries or --canary-repeats, {WITHOUT}",
        )
    return plan


def render_canaries(plan: CanaryPlan, rendering: Rendering, stage: Stage) -> Rendered:
    """Render every canary for every arm.

    Raises: ConfigurationError where one cannot be learned whole, or cannot be told from another.
    """
    _check_tokenizer(plan, rendering.chat)
    made = render_portion(as_portion(plan), replace(rendering, on_overlong="drop"), stage)
    if made.overlong:
        longest = f"max_tokens = {rendering.max_tokens:,}"
        raise _refused(f"room for a canary in {longest}", "longer ones", f"Raise max_tokens in [batch], {WITHOUT}")
    for reason in made.refused:
        raise _refused("a chat template that renders a question and its answer whole", reason, f"Mend it, {WITHOUT}")
    return made


def as_portion(plan: CanaryPlan) -> Portion:
    """Return the canaries as the rows of one more source, all of them to learn from."""
    rows = tuple(
        Conversation(one.id, one.messages(has_thought=plan.has_thoughts), source=NAME) for one in plan.planted()
    )
    return Portion(DataReport(NAME, NAME, len(rows), len(rows)), 1.0, rows, plan.repeats, ())


@contextmanager
def quoting_no_canary() -> Iterator[None]:
    """Let an error about a canary's row say that there is one, and nothing of what it holds."""
    try:
        yield
    except (ProofError, TemplateError) as error:
        if f"row {PREFIX}" not in error.where:
            raise
        raise type(error)(
            error.where,
            expected="a canary that is learned as a row is",
            got="another",
            next_move="Train without canaries",
        ) from None


def _check_doses(settings: CanarySettings) -> None:
    levels = settings.repeats
    if not levels or len(set(levels)) < len(levels):
        raise ConfigurationError(
            "[canaries] repeats",
            expected="numbers of repeats, each named once",
            got=list(levels),
            next_move="Write repeats = [1, 4, 16], or pass --canary-repeats 1,4,16",
        )
    least = MIN_OF_A_DOSE * len(levels)
    if settings.count < least:
        raise _refused(
            f"at least {least} canaries, {MIN_OF_A_DOSE} for each of {len(levels)} numbers of repeats",
            settings.count,
            f"Pass --canaries {least}, or fewer numbers in --canary-repeats",
        )


def _check_tokenizer(plan: CanaryPlan, chat: ChatFormat) -> None:
    secrets = [one.secret for one in (*plan.planted(), *plan.references())]
    written = [chat.tokenizer.encode(secret) for secret in secrets]
    read = (chat.tokenizer.decode(token_ids).strip() for token_ids in written)
    if len(set(written)) < len(secrets) or any(text != secret for text, secret in zip(read, secrets, strict=True)):
        raise _refused(
            "a tokenizer that writes ten digits and reads them back", "one that does not", f"Change it, {WITHOUT}"
        )


def _refused(expected: str, got: object, next_move: str) -> ConfigurationError:
    return ConfigurationError("[canaries]", expected=expected, got=got, next_move=next_move)
