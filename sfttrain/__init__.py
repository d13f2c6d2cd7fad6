"""The lean trainer: one conversational dataset in, paired checkpoints out.

Learns only what a sampler would have produced after the served prompt, keeps packed conversations apart, and proves
both on the user's own data before the first step. Meets `sfteval` on disk, at the checkpoint.
"""
