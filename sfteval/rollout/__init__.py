"""Multi-turn rollouts: an agent task and a backend in, conversations in which tools really ran out.

`conversation` is one conversation as a value (`heard` reads an answer, `desk` carries calls out, `telling` says what
goes back), `rounds` moves all of them forward together, `replay` plays a stored one again, and `stage` sends each task
where it belongs. Does not know what a conversation is worth: that is `sfteval.scorers.agent`.
"""

from sfteval.rollout.replay import replayed
from sfteval.rollout.rounds import roll_out
from sfteval.rollout.stage import answer_tasks

__all__ = ["answer_tasks", "replayed", "roll_out"]
