"""A stored trajectory played again without a model: the same answers, the same services, the same states or an error.

Does not know where a trajectory is stored or what it is worth.
"""

from sfteval.rollout.conversation import after, broken_off, opened
from sfteval.scorers.episodes import Limits
from sfteval.types import Generation, Sample, Trajectory

FROM_OUTSIDE = ("error", "refused", "unrenderable")  # ends that no answer brings about


def replayed(sample: Sample, trajectory: Trajectory, limits: Limits) -> Trajectory:
    """Return what the stored turns make of the item now; equal to the trajectory where nothing has changed.

    Raises: DataError for an item that cannot be played.
    """
    where = f'sample "{sample.id}"'
    conversation = opened(sample, trajectory.sample_index, limits, trajectory.dialect, where)
    for turn in trajectory.turns:
        said = Generation(
            task="",
            sample_id=sample.id,
            sample_index=trajectory.sample_index,
            question=turn.question,
            text=turn.text,
            finish_reason=turn.finish_reason,
            think_prefilled=turn.think_prefilled,
        )
        conversation = after(conversation, said)
    if trajectory.end in FROM_OUTSIDE:
        conversation = broken_off(conversation, trajectory.end)
    return conversation.trajectory
