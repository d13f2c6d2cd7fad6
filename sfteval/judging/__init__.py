"""What judges are asked about: a comparison's answers, or pairs whose winner is known.

`hearing` validates a judge, `contests` and `panel` take a comparison through the judges at `seats`, `figures` and
`grades` make of what they say what stands in a report, `labels` puts known truths beside it, `bounds` keeps missing
verdicts from deciding, `verdict` is all of that in its order. `family` warns of kin, `forecast` says what it will take,
`draw` takes pairs out for people to label. Does not know how a judge is asked. Nothing is loaded before a module of it
is named: `plan` is light.
"""
