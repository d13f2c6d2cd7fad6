"""What `toolcalls` is made of: targets, values, the matching of calls, the published checker, and faults by layer.

Everything here is pure and knows one sample at a time. Does not know dialects, suites or other checkpoints.
"""
