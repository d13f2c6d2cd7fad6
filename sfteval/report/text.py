"""Words and numbers as people read them, and text made harmless for the file it goes into.

Pure functions on text and numbers. Does not know what a comparison is.
"""

import re

MINUS = "\N{MINUS SIGN}"
ZERO_WIDTH = "\N{ZERO WIDTH SPACE}"

_TERMINAL_CODE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]"
)
_SIGN = re.compile(r"(?:(?<=\s)|(?<=\s[\[(])|^)-(?=\d)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BIDIRECTIONAL = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_PICTURES: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: 0x2421,
    **{code: f"[U+{code:04X}]" for code in (*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}


def number(value: float | None, decimals: int = 3) -> str:
    """Return the number, or a dash where there is none; zero has no sign."""
    if value is None:
        return "-"
    shown = f"{value:.{decimals}f}"
    return shown if float(shown) else shown.removeprefix("-")


def signed(value: float | None, decimals: int = 3) -> str:
    """Return the number with its sign; zero has none."""
    if value is None:
        return "-"
    shown = f"{value:+.{decimals}f}"
    return shown if float(shown) else shown[1:]


def interval(low: float | None, high: float | None) -> str:
    """Return `[low, high]`, or nothing where there is no interval."""
    return "" if low is None or high is None else f"[{signed(low)}, {signed(high)}]"


def typeset(text: str) -> str:
    """Return a number's text with a true minus sign, for pages."""
    return text.replace("-", MINUS) if any(character.isdigit() for character in text) else text


def typeset_signs(sentence: str) -> str:
    """Return the sentence with true minus signs before its numbers."""
    return _SIGN.sub(MINUS, sentence)


def words(name: str) -> str:
    """Return `not_shown` as `not shown`."""
    return name.replace("_", " ")


def one_line(text: str) -> str:
    """Return the text as one harmless line: no terminal codes, control or direction characters, no line ends."""
    text = _BIDIRECTIONAL.sub("", _TERMINAL_CODE.sub("", text))
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("", " ".join(text.split())))


def visible(text: str) -> str:
    """Return the text with control and direction characters spelled out, so that a page shows and obeys none."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").translate(_PICTURES))


def shortened(text: str, head: int, tail: int = 0) -> str:
    """Return the beginning and the end of a long text, saying how much lies between them."""
    num_hidden = len(text) - head - tail
    if num_hidden <= 0:
        return text
    return f"{text[:head]} [... {num_hidden:,} characters ...] {text[len(text) - tail :]}".rstrip()


def utf8(text: str) -> bytes:
    """Return the bytes of a file; half a surrogate pair, which UTF-8 cannot hold, becomes a replacement character."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode()
