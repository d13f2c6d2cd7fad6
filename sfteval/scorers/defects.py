"""Prompts of published data that no answer can be judged by: a Sample in, the reason why it is masked out, or None.

Known by the text of the prompt and never by a key, which another suite may use as well. Masked prompts are asked and
scored like all others; the mask is for one line of sensitivity, "the verdict without them".
Source: google-research issues 3103 and 3427, pull request 3361; research on evaluation peers, section 2.1.
"""

from sfteval.identity import text_hash
from sfteval.types import Sample

# IFEval, by the sha256 of the prompt with single spaces.
DEFECTS: dict[str, str] = {
    "05773a8469ae91d4": 'key 1122: the letter "#" is replaced by a random one in the published scorer',
    "74ce3f690875bcd8": 'key 1129: the letter "!" is replaced by a random one in the published scorer',
    "914126c2fa0ea51c": 'key 2078: asks for "exactly one bullet point" and for "a few bullet points"',
    "b68abaf3a3d0b4a1": "key 337: asks for 400 words and is graded by 336",
    "88c1e61a2f1c5e32": "key 30: the same instruction is counted twice, and its lower case not at all",
}


def masked(sample: Sample) -> str | None:
    """Return why this prompt has a known defect; None: it has none that is known."""
    return DEFECTS.get(text_hash(" ".join(sample.prompt.split()))[:16])
