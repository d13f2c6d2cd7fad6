"""The starter world: a small grammar that makes the corpus, the conversations and the suite of `sfteval quickstart`.

Everything here is a pure function of a seed and needs the standard library only. Knows nothing of models or training.
"""
