"""What is kept of the prompts of a large suite: enough to know a question and its length, not the tokens themselves.

A prompt is rendered once to be known and once more when it is asked, so that memory does not grow with its length.
Does not know who answers.
"""

from dataclasses import asdict, dataclass

from sfteval.chat import ChatFormat, Prompt
from sfteval.identity import canonical_json, content_hash
from sfteval.types import Request


@dataclass(frozen=True, slots=True)
class Outline:
    """What is kept of a rendered prompt."""

    sha256: str  # of its token ids
    num_tokens: int
    think_prefilled: bool


class Prompts:
    """The prompts of one checkpoint's requests."""

    def __init__(self, chat: ChatFormat) -> None:
        """Render nothing yet."""
        self._chat = chat
        self._outlines: dict[str, Outline] = {}

    def render(self, request: Request) -> Prompt:
        """Return the prompt with its token ids."""
        return self._chat.prompt(request.sample.messages, request.sample.tools, request.template_kwargs)

    def outline(self, request: Request) -> Outline:
        """Return what is kept of the prompt; it is rendered when it is first met."""
        key = request.sample.content_hash + canonical_json(request.template_kwargs)
        if key not in self._outlines:
            prompt = self.render(request)
            self._outlines[key] = Outline(ids_hash(prompt.token_ids), len(prompt.token_ids), prompt.think_prefilled)
        return self._outlines[key]


def ids_hash(token_ids: tuple[int, ...]) -> str:
    """Return the hash by which a prompt is known."""
    return content_hash(list(token_ids))


def question_of(computed_by: str, outline: Outline, request: Request) -> str:
    """Return a question's identity: how it is computed, the prompt's ids, sampling, index, and the seed if it counts.

    `computed_by` names backend, device class and precision: an answer in other arithmetic is another answer.
    """
    seed = request.seed if request.sampling.temperature > 0 else None
    return content_hash([computed_by, outline.sha256, asdict(request.sampling), request.sample_index, seed])
