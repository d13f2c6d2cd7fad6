"""The constraints that practice material must not contain, so that a gap between them and the others can be seen.

All are IFBench's, because IFEval's 25 and their relatives are what training sets for instruction following are made of.
None is, or closely resembles, one of the 29 constraints that were published for training with IFBench (which rules out
the families `repeat` and `sentence`). Relatives stay together (the three tables, both ratios of sentence kinds, both
kinds of nesting), so that practice with one does not prepare for another.
Source: training ids, Pyatkin et al. 2025 (arXiv 2507.02833), appendix, and the IFEvalG verifiers of open-instruct.
"""

HELD_OUT = (
    "count:conjunctions",
    "count:numbers",
    "count:person_names",
    "count:pronouns",
    "custom:csv_city",
    "custom:csv_quotes",
    "custom:csv_special_character",
    "custom:date_format_list",
    "custom:mcq_count_length",
    "format:emoji",
    "format:line_indent",
    "format:output_template",
    "format:parentheses",
    "format:quotes",
    "format:title_case",
    "ratio:overlap",
    "ratio:sentence_balance",
    "ratio:sentence_type",
    "words:consonants",
    "words:prime_lengths",
)
