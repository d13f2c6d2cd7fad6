"""A checkpoint's own files in, whether they still are what it was trained with: said before the first question.

Binding is the template that training saved, held against the one that the folder holds now. Said, but not binding: a
second template that older servers read, an adapter's format against its base's, another tokenizer file, stop tokens
that are gone. Without a training record there is nothing to drift from. Asks no server.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from sfteval.chat import ChatFormat, ChatTemplate
from sfteval.chat.template import inline_template, read_json
from sfteval.checkpoints.content import TEMPLATE_FILE, chat_folder
from sfteval.contract.check import ContractCheck, ProbeFinding, held
from sfteval.contract.formats import has_files, own_format, own_template, rendered, trained_template
from sfteval.contract.probes import probes_for
from sfteval.errors import CheckpointError, NotComparableError, TemplateError
from sfteval.identity import file_hash
from sfteval.types import Checkpoint, Json

TRAINED = "what it was trained with"
TOKENIZER_FILE, GENERATION_FILE = "tokenizer.json", "generation_config.json"
OTHER_TOKENIZER = "another file than training wrote, so its token ids cannot be vouched for"


def check_contract(checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint whose template is not the one it was trained with.

    Raises: NotComparableError on drift.
    """
    check = None if _is_unchanged(checkpoint) else against_training(checkpoint)
    if check is None or not check.drifted:
        return
    raise NotComparableError(
        str(checkpoint.path),
        expected=f"the chat template it was trained with (sha256 {_short(checkpoint.training.get('template_sha256'))})",
        got=f"another one ({_short(checkpoint.template_sha256)}), which differs at {check.different[0].sentence()}",
        next_move="Restore chat_template.jinja, or pass --allow-template-drift to compare all the same",
    )


def drifted(checkpoint: Checkpoint) -> bool:
    """Return whether `check_contract` would refuse."""
    try:
        check_contract(checkpoint)
    except NotComparableError:
        return True
    return False


def static_checks(checkpoint: Checkpoint) -> tuple[ContractCheck, ...]:
    """Return every check that needs no server; the one against training, where there is a record, comes first."""
    trained = against_training(checkpoint)
    advice = _advice(checkpoint) if has_files(checkpoint) else ()
    return (*([trained] if trained else ()), *advice)


def against_training(checkpoint: Checkpoint) -> ContractCheck | None:
    """Hold the template that would be used now against the one that training saved; None: there is no record."""
    trained = trained_template(checkpoint) if has_files(checkpoint) else None
    if trained is not None:
        own = own_format(checkpoint)
        findings = compared(replace(own, template=trained), own, checkpoint.template_kwargs)
        same = trained.source == own.template.source or any(finding.state == "differs" for finding in findings)
        text = () if same else (ProbeFinding("template", "ok", note="another text than in training, the same tokens"),)
        return ContractCheck("the chat template", TRAINED, (*findings, *text))
    recorded = checkpoint.training.get("template_sha256")
    if recorded is None or checkpoint.template_sha256 is None:
        return None
    note = "" if recorded == checkpoint.template_sha256 else "another hash, and the text was not recorded"
    return ContractCheck(
        "the chat template", TRAINED, (ProbeFinding("template", "differs" if note else "ok", note=note),)
    )


def compared(ours: ChatFormat, theirs: ChatFormat, kwargs: Json) -> tuple[ProbeFinding, ...]:
    """Render every probe with both formats; `ours` is what is expected, `kwargs` the checkpoint's own."""
    probes = probes_for(ours.template, theirs.template)
    return tuple(held(probe, rendered(ours, probe, kwargs), rendered(theirs, probe, kwargs), ours) for probe in probes)


def _short(digest: object) -> str:
    return str(digest)[:12]


def _is_unchanged(checkpoint: Checkpoint) -> bool:
    """Return whether the template is the trained one to the letter, which needs no rendering to be seen."""
    trained = trained_template(checkpoint) if has_files(checkpoint) else None
    if trained is None:
        return False
    now = own_template(checkpoint)
    return (now.source, now.special_tokens) == (trained.source, trained.special_tokens)


def _advice(checkpoint: Checkpoint) -> Iterator[ContractCheck]:
    assert checkpoint.path is not None
    folder = chat_folder(checkpoint.path, checkpoint.base_path)
    yield from _second_template(folder, checkpoint.template_kwargs)
    if checkpoint.base_path is not None and folder != checkpoint.base_path:
        yield _base_of_adapter(checkpoint.base_path, checkpoint)
    if folder == checkpoint.path:
        yield from _files_since_training(folder, checkpoint.training)


def _second_template(folder: Path, kwargs: Json) -> Iterator[ContractCheck]:
    """Hold the template in `tokenizer_config.json`, which older servers read, against `chat_template.jinja`."""
    source = inline_template(read_json(folder / "tokenizer_config.json").get("chat_template"))
    if source is None or not (folder / TEMPLATE_FILE).is_file():
        return
    own = ChatFormat.from_folder(folder)
    second = ChatTemplate(source, own.template.special_tokens, f"{folder / 'tokenizer_config.json'}, chat_template")
    findings = compared(own, replace(own, template=second), kwargs)
    yield ContractCheck("tokenizer_config.json, which older servers read,", TEMPLATE_FILE, findings, binding=False)


def _base_of_adapter(base: Path, checkpoint: Checkpoint) -> ContractCheck:
    """Hold the base's format, which a server of adapters uses unless it is told, against the adapter's own."""
    try:
        findings = compared(own_format(checkpoint), ChatFormat.from_folder(base), checkpoint.template_kwargs)
    except (CheckpointError, TemplateError) as missing:
        findings = (ProbeFinding("template", "differs", note=f"it has none that can be read ({missing.got})"),)
    return ContractCheck("the base, whose format a server may use,", "the adapter's own", findings, binding=False)


def _files_since_training(folder: Path, training: Json) -> Iterator[ContractCheck]:
    """Look for another tokenizer file than training wrote, and for stop tokens that are gone."""
    files = training.get("files_sha256")
    written = files.get(TOKENIZER_FILE) if isinstance(files, Mapping) else None
    if written is not None and (folder / TOKENIZER_FILE).is_file():
        same = file_hash(folder / TOKENIZER_FILE) == written
        finding = ProbeFinding("file", "ok") if same else ProbeFinding("file", "unknown", note=OTHER_TOKENIZER)
        yield ContractCheck(TOKENIZER_FILE, TRAINED, (finding,), binding=False)
    trained, now = training.get("stop_token_ids"), read_json(folder / GENERATION_FILE).get("eos_token_id")
    if isinstance(trained, list) and now is not None:
        gone = [token for token in trained if token not in (now if isinstance(now, list) else [now])]
        note = f"generation no longer stops at {', '.join(map(str, gone[:8]))}" if gone else ""
        finding = ProbeFinding("stop tokens", "differs" if gone else "ok", note=note)
        yield ContractCheck(GENERATION_FILE, TRAINED, (finding,), binding=False)
