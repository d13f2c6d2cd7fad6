"""Experiment records in, Comet archives out: written without a network, sent later or never.

`write_offline` writes one zip per experiment; `upload` sends them from a child process where COMET_API_KEY exists;
`upload_command` is what to type where it does not. Knows nothing of comparisons or training, and imports comet only in
that child process.
"""

from sfteval.tracking.comet import upload, upload_command, write_offline
from sfteval.tracking.experiment import Experiment, Table
from sfteval.tracking.redaction import redacted, redacted_text

__all__ = ["Experiment", "Table", "redacted", "redacted_text", "upload", "upload_command", "write_offline"]
