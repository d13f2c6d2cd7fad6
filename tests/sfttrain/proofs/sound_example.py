"""An example that is as it must be, for proofs to hold on and for tests to spoil, and their chat format."""

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfteval.progress import silent_progress
from sfttrain.config import Recipe, RenderSettings
from sfttrain.prepare import Material, prepare
from sfttrain.types import NOT_LEARNED, Arm, Example, Span, ids
from tests.toys import CHATML, assistant, toy_tokenizer, user

INLINE = RenderSettings(reasoning="inline")
TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
STOP, START, END = (TOKENIZER.token_id(name) or 0 for name in ("<|im_end|>", "<|im_start|>", "<|endoftext|>"))
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (STOP,))
A, B, C, D = TOKENIZER.encode("abcd")
GOOD = Example(ids([START, A, B, C]), ids([NOT_LEARNED, B, C, STOP]), (Span(1, 4, 1),), "x")
N = NOT_LEARNED
TURNS = (user("q"), assistant("a", "r"), user("q two"), assistant("a two", "r two"))


def material(recipe: Recipe, arm: Arm = Arm.THINK) -> Material:
    return prepare(recipe, (arm,), silent_progress())
