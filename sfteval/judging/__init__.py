"""What judges are asked about: a comparison's answers, or pairs whose winner is known.

`hearing` validates a judge, `contests` and `panel` take a comparison through its judges, `figures` makes of their
preferences what stands in a report, `bounds` keeps missing verdicts from deciding, `verdict` is all of that in its
order. Does not know how a judge is asked. Nothing is loaded before a module of it is named: `plan` is light.
"""
