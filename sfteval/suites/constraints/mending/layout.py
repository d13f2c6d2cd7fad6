"""Menders for constraints on the layout: paragraphs, sections, lists, titles, wrappings, what stands first and last."""

import json
from collections.abc import Mapping
from typing import Any

from sfteval.suites.constraints.mending.text import Mender, add, longer_by_bank, pieces

Kwargs = Mapping[str, Any]


def _paragraphs(text: str, kwargs: Kwargs) -> str:
    return "\n***\n".join(pieces(text, kwargs["num_paragraphs"]))


def _nth_paragraph(text: str, kwargs: Kwargs) -> str:
    parts = pieces(text.replace("\n\n", " "), kwargs["num_paragraphs"])
    place = kwargs["nth_paragraph"] - 1
    parts[place] = f"{kwargs['first_word']} {parts[place]}"
    return "\n\n".join(parts)


def _sections(text: str, kwargs: Kwargs) -> str:
    parts = pieces(text, kwargs["num_sections"])
    return "\n".join(f"{kwargs['section_spliter']} {number}\n{part}" for number, part in enumerate(parts, start=1))


def _bullets(text: str, kwargs: Kwargs) -> str:
    return "\n- ".join([text, *["one thing"] * kwargs["num_bullets"]])


def _highlights(text: str, kwargs: Kwargs) -> str:
    return add(text, f"See {' and '.join(['*this*'] * kwargs['num_highlights'])}.")


def _placeholders(text: str, kwargs: Kwargs) -> str:
    return add(text, f"See {' and '.join(['[name]'] * kwargs['num_placeholders'])}.")


def _items(text: str, kwargs: Kwargs) -> str:
    return text + f"\n{kwargs['sep']} one thing" * 2


def _nested_quotes(text: str, _: Kwargs) -> str:
    return add(text, 'He said "she said \'they said "stop" once\' again" today.')


def _around(before: str, after: str) -> Mender:
    return lambda text, _: f"{before}{text}{after}"


LAYOUT: dict[str, tuple[Mender, ...]] = {
    "combination:repeat_prompt": (lambda text, kwargs: f"{kwargs['prompt_to_repeat']}\n{text}",),
    "combination:two_responses": (lambda text, _: f"{text}\n******\n{longer_by_bank(text)}",),
    "detectable_content:number_placeholders": (_placeholders,),
    "detectable_content:postscript": (lambda text, kwargs: f"{text}\n{kwargs['postscript_marker']} Write soon.",),
    "detectable_format:constrained_response": (_around("", " My answer is yes."),),
    "detectable_format:json_format": (lambda text, _: json.dumps({"answer": text}, ensure_ascii=False),),
    "detectable_format:multiple_sections": (_sections,),
    "detectable_format:number_bullet_lists": (_bullets,),
    "detectable_format:number_highlighted_sections": (_highlights,),
    "detectable_format:title": (_around("<<One Summer>>\n", ""),),
    "format:list": (_items,),
    "format:newline": (lambda text, _: "\n".join(text.split()),),
    "format:no_bullets_bullets": (_around("", "\n* one thing\n* one more"),),
    "format:no_whitespace": (lambda text, _: "".join(text.split()),),
    "format:output_template": (_around("My Answer: ", "\nMy Conclusion: It is so.\nFuture Outlook: It will stay so."),),
    "format:parentheses": (_around("", " (a [b {c (d [e])}])."),),
    "format:quote_unquote": (lambda text, _: text.replace('"', ""),),
    "format:quotes": (_nested_quotes,),
    "format:sub-bullets": (_around("", "\n* one thing\n  - one part\n* one more\n  - one part"),),
    "format:thesis": (_around("<i>This is the thesis.</i> ", ""),),
    "length_constraints:nth_paragraph_first_word": (_nth_paragraph,),
    "length_constraints:number_paragraphs": (_paragraphs,),
    "startend:end_checker": (lambda text, kwargs: add(text, kwargs["end_phrase"]),),
    "startend:quotation": (lambda text, _: '"{}"'.format(text.replace('"', "'")),),
}
