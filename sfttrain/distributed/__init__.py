"""One run on several processes: who computes which batch, and what they tell each other.

Started by `torchrun -m sfttrain`; a process started any other way is alone, and every function here is then a no-op.
Each process ("rank") plans the same whole step and takes every size-th batch of it; only gradients and summed figures
travel. Losses are divided by the targets of the whole step before they get here, so gradients are summed, never
averaged, and a run on many processes is the run on one, up to the order in which floats are added.

Two ways to hold a model. `replicate`: each rank has all of it, and `sum_gradients` adds up once per step. The model
stays the object that it was (attributes, tied weights, however the loss enters it), which a wrapper would not allow.
What it gives up is sending during the last backward pass: (size - 1) / size * 8 bytes per parameter over the slowest
link, once per step. `shard`: each rank keeps its slice of weights, gradients and optimizer state (FSDP2), and
gradients travel during every backward pass, since holding whole ones between batches would undo the saving.

Does not know data, losses or files.
Source: FSDP, Zhao et al. 2023 (arXiv 2304.11277).
"""

from sfttrain.distributed.deal import deal, empty, mine
from sfttrain.distributed.gradients import decoder_blocks, refuse_sharding, replicate, shard, sum_gradients
from sfttrain.distributed.whole import full_state, load_optimizer, load_weights
from sfttrain.distributed.world import ALONE, World, agreed, from_main, started, summed, world

__all__ = [
    "ALONE",
    "World",
    "agreed",
    "deal",
    "decoder_blocks",
    "empty",
    "from_main",
    "full_state",
    "load_optimizer",
    "load_weights",
    "mine",
    "refuse_sharding",
    "replicate",
    "shard",
    "started",
    "sum_gradients",
    "summed",
    "world",
]
