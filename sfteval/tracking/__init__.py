"""Experiment records in, Comet archives out: written without a network, sent later or never.

`write_offline` writes one zip per experiment; `delivered` sends them from child processes where COMET_API_KEY exists,
and says what to type where it does not. Knows nothing of comparisons or training, and imports comet only in those
child processes.
"""

from sfteval.tracking.comet import write_offline
from sfteval.tracking.experiment import Experiment, Table
from sfteval.tracking.places import last_part, placeless, placeless_command
from sfteval.tracking.redaction import redacted, redacted_text
from sfteval.tracking.sending import delivered, upload, upload_command

__all__ = [
    "Experiment",
    "Table",
    "delivered",
    "last_part",
    "placeless",
    "placeless_command",
    "redacted",
    "redacted_text",
    "upload",
    "upload_command",
    "write_offline",
]
