"""Datasets: files and datasets of the hub in, Conversations and a report of what was dropped out.

`formats` understands one row, `files` and `hub` hand rows over, `read` makes conversations of them, `split` says where
a row goes, `mixture` puts several datasets together, `report` tells. Knows no tokenizer, no template and no arm.
"""

from sfttrain.data.mixture import Portion, read_named, read_portions, sources_of
from sfttrain.data.read import read_conversations, write_conversations

__all__ = ["Portion", "read_conversations", "read_named", "read_portions", "sources_of", "write_conversations"]
