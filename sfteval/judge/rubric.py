"""What a judge is asked to look at: criteria out of a versioned TOML file, the form of a verdict as JSON Schema.

Rubrics and prompts are files of this package, or a user's own rubric by path; the version and every word that a judge
sees are part of its identity, so that a lock never covers another wording. A rubric may bring its own prompt, for
judges that know a small language only: one user message, in which nothing is fenced. Does not know answers or judges.
"""

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any, Literal

from sfteval.errors import ConfigurationError, nearest
from sfteval.identity import content_hash
from sfteval.suites import Table
from sfteval.types import Json

FOLDER = Path(__file__).parent
KEYS = {"name", "version", "about", "form", "prompt", "criterion"}
CRITERION_KEYS = {"name", "pairwise", "pointwise", "anchors"}
MAX_CRITERIA = 12
LONGEST_REASON = 600  # characters that the form asks for; what is longer is cut, never refused
POINTS = (1, 2, 3, 4, 5)
YES_NO = {"no": 1, "yes": 5}  # and what each is worth in points
CHOICES = ("first", "second", "tie")

Form = Literal["pairwise", "pointwise"]

FORMS: tuple[Form, ...] = ("pairwise", "pointwise")

PLACES: dict[Form, tuple[str, ...]] = {"pairwise": ("first", "second"), "pointwise": ("answer",)}  # of answers
OTHER_PLACES = ("conversation", "reference")  # that an own prompt may leave out


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to look at."""

    name: str
    pairwise: str  # the question about two answers
    pointwise: str  # the question about one
    anchors: Mapping[int, str]  # what 1, 3 and 5 points mean
    is_yes_no: bool = False  # asked for in these two words, which are worth 5 points and 1


@dataclass(frozen=True, slots=True)
class Rubric:
    """All that is looked at."""

    name: str
    version: int
    about: str
    criteria: tuple[Criterion, ...]
    prompts: Mapping[Form, str] = field(default_factory=dict)  # its own, with $places: these do not fence
    form: Form = "pairwise"  # in which a comparison asks it: both answers at once, or each by itself

    def instructions(self, form: Form, key: str) -> str:
        """Return the system message; `key` is the word by which the material's marks are known."""
        return _prompt(form).substitute(key=key, criteria=self._criteria(form), form=self._example(form))

    def schema(self, form: Form) -> Json:
        """Return the JSON Schema of a verdict."""
        choice: Json = {"type": "string", "enum": list(CHOICES)}
        points: Json = {"type": "integer", "minimum": POINTS[0], "maximum": POINTS[-1]}
        word: Json = {"type": "string", "enum": list(YES_NO)}
        if form == "pairwise":
            criteria = _closed({one.name: choice for one in self.criteria})
            return _closed({"reason": {"type": "string"}, "criteria": criteria, "choice": choice})
        criteria = _closed({one.name: word if one.is_yes_no else points for one in self.criteria})
        return _closed({"reason": {"type": "string"}, "criteria": criteria})

    def sha256(self, form: Form) -> str:
        """Return the hash of the version, of every word that a judge is given to read, and of the form asked for."""
        return content_hash([self.version, self.prompts.get(form) or self.instructions(form, ""), self.schema(form)])

    def _criteria(self, form: Form) -> str:
        return "\n".join(_line(criterion, form) for criterion in self.criteria)

    def _example(self, form: Form) -> str:
        choice = " | ".join(f'"{name}"' for name in CHOICES)
        criteria = ", ".join(f'"{one.name}": {choice if form == "pairwise" else _scale(one)}' for one in self.criteria)
        last = f', "choice": {choice}' if form == "pairwise" else ""
        return f'{{"reason": "at most two sentences", "criteria": {{{criteria}}}{last}}}'


@functools.cache
def _prompt(form: Form) -> Template:
    return Template((FOLDER / "prompts" / f"{form}.txt").read_text(encoding="utf-8"))


def rubric_names() -> tuple[str, ...]:
    """Return the names of the rubrics that come with the package."""
    return tuple(sorted(path.stem for path in (FOLDER / "rubrics").glob("*.toml")))


def read_rubric(argument: str) -> Rubric:
    """Read a rubric by name, or a user's own by the path of its TOML file.

    Raises: ConfigurationError for an unknown name or a file that is not one.
    """
    path = FOLDER / "rubrics" / f"{argument}.toml" if argument in rubric_names() else Path(argument)
    if path.suffix != ".toml":
        raise ConfigurationError(
            "rubric",
            expected="the name of a rubric or a path that ends in .toml",
            got=f'"{argument}"',
            next_move=nearest(argument, rubric_names()),
        )
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(str(path), expected="a rubric in TOML", got=said, next_move="Mend the file") from error
    read = Table(document, KEYS, str(path))
    form = _form(read)
    criteria = tuple(_criteria(read, form))
    if not 1 <= len(criteria) <= MAX_CRITERIA or len({one.name for one in criteria}) < len(criteria):
        raise read.error(
            "criterion", f"1 to {MAX_CRITERIA} [[criterion]] of different names", str(len(criteria)), "Mend the file"
        )
    version, about = read.whole("version", 1, 1, 10**6), read.text("about", "")
    return Rubric(_named(read), version, about, criteria, dict(_prompts(read)), form)


def _prompts(read: Table) -> Iterator[tuple[Form, str]]:
    """Yield the prompts that a rubric brings along, each with a place for every answer."""
    part = Table(read.table("prompt"), set(PLACES), f"{read.where}, [prompt]")
    for form, answers in PLACES.items():
        if form not in part.values:
            continue
        text = part.text(form, "")
        template = Template(text)
        found = set(template.get_identifiers()) if template.is_valid() else set()
        if not {*answers} <= found <= {*answers, *OTHER_PLACES}:
            places = ", ".join(f"${name}" for name in answers)
            others = ", ".join(f"${name}" for name in OTHER_PLACES)
            raise part.error(form, f"a text with {places}, and at most {others} beside", text, "Mend the prompt")
        yield form, text


def _form(read: Table) -> Form:
    said = read.text("form", FORMS[0])
    for form in FORMS:
        if said == form:
            return form
    raise read.error("form", " or ".join(f'"{form}"' for form in FORMS), f'"{said}"', nearest(said, FORMS))


def _criteria(read: Table, form: Form) -> Iterator[Criterion]:
    tables = read.values.get("criterion", [])
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise read.error("criterion", "[[criterion]] tables", repr(tables), "Write [[criterion]]")
    for table in tables:
        part = Table(table, CRITERION_KEYS, f"{read.where}, [[criterion]]")
        is_yes_no = bool(set(part.table("anchors")) & set(YES_NO))
        name = _named(part)
        pairwise = _told(part, "pairwise") if form == "pairwise" else part.text("pairwise", "")
        yield Criterion(name, pairwise, _told(part, "pointwise"), _anchors(part, is_yes_no), is_yes_no)


def _named(part: Table) -> str:
    name = part.text("name", "")
    if not name.isidentifier():
        raise part.error("name", "a name of letters, digits and _", f'"{name}"', 'Add name = "..."')
    return name


def _told(part: Table, key: str) -> str:
    if not part.text(key, "").strip():
        raise part.error(key, "a question", "none", f'Add {key} = "..."')
    return part.text(key, "")


def _anchors(part: Table, is_yes_no: bool) -> dict[int, str]:
    known = YES_NO if is_yes_no else {str(points): points for points in POINTS}
    anchors: dict[int, str] = {}
    for said, meaning in part.table("anchors").items():
        if said not in known or not isinstance(meaning, str):
            expected = "what yes and no mean" if is_yes_no else "what 1 to 5 points mean"
            raise part.error("anchors", expected, repr(said), "Mend the table")
        anchors[known[said]] = meaning
    return anchors


def _line(criterion: Criterion, form: Form) -> str:
    if form == "pairwise":
        return f"- {criterion.name}: {criterion.pairwise}"
    words = {points: word for word, points in YES_NO.items()} if criterion.is_yes_no else {}
    meanings = "; ".join(
        f"{words.get(points, points)}: {meaning}" for points, meaning in sorted(criterion.anchors.items())
    )
    return f"- {criterion.name}: {criterion.pointwise}" + (f" ({meanings})" if meanings else "")


def _scale(criterion: Criterion) -> str:
    return " | ".join(f'"{word}"' for word in YES_NO) if criterion.is_yes_no else " | ".join(map(str, POINTS))


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object's schema that has all of these properties and no other."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
