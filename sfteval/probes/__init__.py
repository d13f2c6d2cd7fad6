"""Overfitting probes, one file a probe: log probabilities, token ids and texts in; a ProbeResult with its sentence out.

Each but the last has `probe`, which speaks of one checkpoint, and `compare`, which speaks of two; `pairs.decide` gives
a family of differences Holm's correction and findings. No probe asks a model, reads a file, or knows a report.

    loss_gap      are training answers likelier than held-out ones, beyond what the base model makes of them?
    membership    can one tell from the likelihoods which answers were trained on?
    extraction    does it go on with training answers word for word?
    perturb       does it hold to the very wording of the training prompts?
    diversity     do its answers to open prompts still differ?
    format_leak   does the training format leak into answers that did not ask for it?
    forgetting    how far is it from the base model where nothing was trained?
    canary        does it know secrets that were planted in the training data?
    contamination which items of a suite stand in the training data? No model is asked

A fail needs an interval that leaves chance out, a pass one that rules a fail out; only the canary's median stands
alone, for chance does not reach its line. Lines are the literature's where a module names one, else our defaults.
Source: research on probes, A3 and A4.
"""
