"""The page of `sfttrain show --html`: one file that asks for nothing, and shows data as text whatever it holds."""

import base64
import hashlib
import re
from html.parser import HTMLParser

from sfteval.chat import ChatFormat, ChatTemplate, Tokenizer
from sfttrain.arm import shown_to
from sfttrain.overview import overview_of
from sfttrain.page import PageRow, View, render_page
from sfttrain.render import render
from sfttrain.types import NOT_LEARNED, Arm, Conversation, Example, ids
from tests.toys import CHATML, assistant, toy_tokenizer, user

TOKENIZER = Tokenizer.from_backend(toy_tokenizer())
STOP = TOKENIZER.token_id("<|im_end|>") or 0
CHAT = ChatFormat(ChatTemplate(CHATML), TOKENIZER, (STOP,))
HOSTILE = "</script><script>alert(1)</script>\x00\u202e\"'&"


def page_row(name: str = "a", asked: str = "Hi?", answer: str = "Hello.") -> PageRow:
    row = Conversation(name, (user(asked), assistant(answer, "greet")))
    shown = {arm: shown_to(arm, row) for arm in Arm}
    return PageRow(name, tuple(View(arm, render(one, CHAT), one.messages) for arm, one in shown.items()))


def page(*rows: PageRow, title: str = "What it learns") -> str:
    examples = {view.arm: [view.examples] for view in rows[0].views}
    return render_page(rows, CHAT, overview_of(examples, 100), title=title, about="Two arms.")


class Reader(HTMLParser):
    """What a browser would find: tags, and the text of each token."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_only_its_own_stylesheet_may_run_and_nothing_is_fetched() -> None:
    source = page(page_row())
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    tags = Reader(source).tags
    policies = [one["content"] for _, one in tags if one.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'"]
    assert not [tag for tag, _ in tags if tag in ("script", "img", "link", "iframe", "base", "object")]
    assert not [name for _, attributes in tags for name in attributes if name in ("style", "src", "href", "onclick")]
    assert "http://" not in source
    assert "https://" not in source


def test_every_token_is_shown_with_its_id_its_position_and_whether_it_is_learned() -> None:
    row = page_row()
    example = row.views[0].examples[0]
    tokens = [one for tag, one in Reader(page(row)).tags if tag == "span" and "title" in one]
    assert len(tokens) == sum(len(view.examples[0].token_ids) + 1 for view in row.views)
    learned = [one for one in tokens if "l" in str(one["class"]).split()]
    assert len(learned) == sum(view.examples[0].num_supervised for view in row.views)
    assert tokens[0]["title"] == f"token {example.token_ids[0]} at position 0"
    place = next(place for place, target in enumerate(example.targets) if target != NOT_LEARNED)
    assert learned[0]["title"] == f"token {example.targets[place]}, target of position {place}"


def test_roles_have_their_own_classes() -> None:
    classes = {one["class"] for tag, one in Reader(page(page_row())).tags if tag == "span" and "title" in one}
    assert classes == {"m", "u", "a l", "t l"}


def test_hostile_text_stays_text() -> None:
    source = page(page_row(HOSTILE, HOSTILE, HOSTILE), title=HOSTILE)
    reader = Reader(source)
    assert not [tag for tag, _ in reader.tags if tag == "script"]
    assert "alert(1)" in reader.text
    assert "\x00" not in source
    assert "\u202e" not in source
    assert "␀[U+202E]" in source
    assert source.encode("utf-8")


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert page(page_row("\ud800"), title="\udfff").encode("utf-8")


def test_the_same_rows_give_the_same_bytes() -> None:
    assert page(page_row(), page_row("b")) == page(page_row(), page_row("b"))


def test_a_stop_that_the_text_goes_on_without_says_so() -> None:
    a, b = TOKENIZER.encode("ab")
    example = Example(ids([a, b]), ids([STOP, NOT_LEARNED]))
    source = render_page([PageRow("x", (View(Arm.THINK, (example,)),))], CHAT, title="x")
    assert f"token {STOP}, target of position 0; the text goes on without it" in source
    assert 'class="a l e"' in source


def test_the_dataset_is_told_where_there_is_an_overview_and_only_there() -> None:
    source = page(page_row())
    assert "How long the examples are" in source
    assert "side by side, no padding (sfttrain)" in source
    assert "think: 1 of 33–48 tokens" in source
    alone = render_page([page_row()], CHAT, title="x")
    assert "<svg" not in alone
    assert "<h2>Row a</h2>" in alone


def test_a_very_long_sequence_is_cut_and_says_by_how_much() -> None:
    a = TOKENIZER.encode("a")[0]
    example = Example(ids([a] * 20_010), ids([a] * 20_010))
    source = render_page([PageRow("x", (View(Arm.THINK, (example,)),))], CHAT, title="x")
    assert "... 11 more tokens" in source
    assert source.count("title=") == 20_000
