"""Every file of a report folder when all text attacks it: whole, readable, and with nothing in it that acts."""

import csv
import gzip
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from sfteval.report import write_report
from tests.sfteval.report.example import HOSTILE, hostile, hostile_words
from tests.sfteval.report.test_html import Page

pytestmark = pytest.mark.slow

WORLDS = {"samples": hostile, "words": hostile_words}
DIRECTIONS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    for name, world in WORLDS.items():
        write_report(world(), folder / name, plots=True)
    return folder


def text_of(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8", "strict")


def files(folders: Path, pattern: str) -> list[Path]:
    found = sorted(folders.glob(f"*/**/{pattern}"))
    assert len({path.relative_to(folders).parts[0] for path in found}) == len(WORLDS)
    return found


def test_no_file_controls_a_terminal_turns_the_direction_of_text_or_breaks_utf8(folders: Path) -> None:
    for path in files(folders, "*.*"):
        odd = {
            f"U+{ord(letter):04X}"
            for letter in set(text_of(path))
            if (unicodedata.category(letter) == "Cc" and letter not in "\n\t\r") or ord(letter) in DIRECTIONS
        }
        assert odd == set(), path.name


def test_the_page_has_no_element_of_a_strangers(folders: Path) -> None:
    for path in files(folders, "report.html"):
        page = Page(text_of(path))
        assert page.open == []
        assert page.strangers() == []
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("pattern", ["*.svg", "junit.xml"])
def test_xml_is_whole_and_has_only_our_elements(folders: Path, pattern: str) -> None:
    for path in files(folders, pattern):
        for node in ElementTree.fromstring(text_of(path)).iter():
            assert node.tag.rpartition("}")[2] not in ("script", "foreignObject", "a", "image", "use", "iframe")
            assert not [name for name in node.attrib if name.startswith("on") or name.endswith("href")]


def test_no_cell_of_a_table_is_a_formula(folders: Path) -> None:
    for path in files(folders, "*.csv"):
        rows = list(csv.reader(io.StringIO(text_of(path))))
        assert len({len(row) for row in rows}) == 1
        cells = [cell for row in rows for cell in row if cell and not NUMBER.fullmatch(cell)]
        assert not [cell for cell in cells if cell[0] in "=+-@\t\r"], path.name


def test_the_summary_holds_no_link_no_picture_and_only_our_folds(folders: Path) -> None:
    for path in files(folders, "summary.md"):
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text_of(path))
        inline = [child for token in tokens for child in token.children or ()]
        assert not {"link_open", "image"} & {token.type for token in inline}
        markup = "".join(token.content for token in (*tokens, *inline) if token.type in ("html_block", "html_inline"))
        assert set(re.findall(r"<\s*/?\s*([a-zA-Z!-]+)", markup)) <= {"details", "summary", "!--", "b", "code"}


@pytest.mark.parametrize("pattern", ["results.json", "samples.jsonl.gz"])
def test_json_reads_back(folders: Path, pattern: str) -> None:
    for path in files(folders, pattern):
        text = text_of(path)
        assert [json.loads(line) for line in (text.splitlines() if path.suffix == ".gz" else [text])]


def test_what_the_tests_above_look_for_is_really_handed_in() -> None:
    for attack in ("</script>", "onerror=", "javascript:", "\x1b[31m", "\x00", "\ud800", "\udfff", "\u202e", "\u2066"):
        assert attack in HOSTILE
