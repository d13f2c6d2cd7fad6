"""Datasets: JSONL or Parquet files in, Conversations and a report of what was dropped out.

`formats` understands one row, `read` a file, `split` keeps rows aside. Knows no tokenizer, no template and no arm.
"""

from sfttrain.data.read import read_conversations, write_conversations
from sfttrain.data.split import split_held_out

__all__ = ["read_conversations", "split_held_out", "write_conversations"]
