"""The template contract: a checkpoint is asked as it was trained, or the difference is said before a number is made.

`probes` are the conversations that tell formats apart, `difference` shows where two renderings part and classes it,
`drift` looks at a checkpoint's own files, `served` at what a server makes of them, `table` and `fairness` set two
checkpoints beside each other, `dialect`, `calls` and `tokens` say how tool calls are written and read. Knows no score;
asks a server for prompts only, never for an answer.
Source: how training and serving drift apart, research/tools_agents_templates.md 3.2 and 3.3.
"""

from sfteval.contract.calls import dialect_row, help_with_calls, said_of_calls
from sfteval.contract.check import ContractCheck, ProbeFinding
from sfteval.contract.dialect import spoken_dialect
from sfteval.contract.difference import Difference, first_difference
from sfteval.contract.drift import check_contract, drifted, static_checks
from sfteval.contract.fairness import fairness
from sfteval.contract.probes import Probe, probes_for
from sfteval.contract.served import check_served, refuse_drift
from sfteval.contract.table import contract_table, prompts_row
from sfteval.contract.tokens import decoder
from sfteval.contract.watch import ContractWatch

__all__ = [
    "ContractCheck",
    "ContractWatch",
    "Difference",
    "Probe",
    "ProbeFinding",
    "check_contract",
    "check_served",
    "contract_table",
    "decoder",
    "dialect_row",
    "drifted",
    "fairness",
    "first_difference",
    "help_with_calls",
    "probes_for",
    "prompts_row",
    "refuse_drift",
    "said_of_calls",
    "spoken_dialect",
    "static_checks",
]
