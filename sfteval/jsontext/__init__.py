"""JSON as a model writes it: read strictly, with the paths and places of its values, and shown safely.

Raw text in; values, or where and why they are not JSON, out; at a bounded cost for any text. Used by what reads tool
calls and by what grades an answer that is JSON. Does not know faults of calls, schemas or targets.
"""
