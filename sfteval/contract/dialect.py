"""Which dialect a checkpoint writes its tool calls in: a checkpoint in, a name out, or None where nothing tells.

What training saved goes before the folder's own template, as everywhere in the contract. An endpoint, and a template
that writes no calls or writes them as no dialect reads, tell nothing: there calls are read by a guess, with a note.
Does not know answers.
"""

from sfteval.chat.written_calls import dialect_of
from sfteval.contract.formats import has_files, own_template, trained_template
from sfteval.errors import CheckpointError, TemplateError
from sfteval.types import Checkpoint


def spoken_dialect(checkpoint: Checkpoint) -> str | None:
    """Return the dialect in which the checkpoint's template writes a call; None: it is not known."""
    try:
        template = trained_template(checkpoint)
        if template is None and has_files(checkpoint):
            template = own_template(checkpoint)
    except (CheckpointError, TemplateError):
        return None
    return None if template is None else dialect_of(template)
