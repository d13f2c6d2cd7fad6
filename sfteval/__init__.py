"""sfteval: is checkpoint B better than checkpoint A, at what, and how sure are we?"""

__version__ = "0.1.0"
