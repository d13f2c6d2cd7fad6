"""Another harness's log in, its answers to a sample of ours out.

A suite that was made of a log asks by the log's own ids. Any other sample is known by its prompt, up to white space;
where several questions have one prompt, an id that the data itself gives (IFEval's key) tells them apart. An id alone
tells nothing: other harnesses count their samples, and so may we.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sfteval.errors import DataError, UnansweredError
from sfteval.imports import Answer, Imported
from sfteval.types import Json, Sample

Answers = Sequence[Answer | None]  # by sample index; None: that one is missing


def squeeze(text: str) -> str:
    """Return a text with every run of white space as one space."""
    return " ".join(text.split())


class Logged:
    """The answers of one log."""

    def __init__(self, imported: Imported) -> None:
        """Arrange them by id, by prompt, and by both."""
        self._imported = imported
        self._digests = {question.id: question.digest for question in imported.questions}
        self._by_id: dict[str, list[Answer | None]] = defaultdict(list)
        for answer in imported.answers:
            given = self._by_id[answer.question]
            given.extend([None] * (answer.index + 1 - len(given)))
            given[answer.index] = answer
        self._by_prompt: dict[str, str] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        for question in imported.questions:
            for prompt in map(squeeze, question.prompts):
                self._by_prompt.setdefault(prompt, question.id)
                for name in question.names:
                    self._by_name.setdefault((name, prompt), question.id)

    def find(self, sample: Sample) -> Answers:
        """Return the answers to a sample; none where the log has not asked it.

        Raises: DataError where an answer is needed and the model wrote none.
        """
        if isinstance(sample.target, Mapping) and isinstance(sample.target.get("question"), str):
            return self._by_id.get(sample.id, ())
        if not self._imported.generated:
            raise DataError(
                str(self._imported.source.get("file")),
                expected="answers that a model wrote",
                got="ratings of given continuations",
                next_move="Compare its scores as they are: sfteval import LOG -o DIR",
            )
        prompt = squeeze(sample.prompt)
        found = self._by_name.get((sample.id, prompt)) or self._by_prompt.get(prompt)
        return self._by_id.get(found, ()) if found is not None else ()

    def check(self, samples: Sequence[Sample]) -> None:
        """Refuse a log that answers none of these samples.

        Raises: DataError, and what `find` raises.
        """
        if not any(self.find(sample) for sample in samples):
            num = len(self._imported.answers)
            raise UnansweredError(
                str(self._imported.source.get("file")),
                expected="answers to the prompts that are asked",
                got=f"{num:,} answer{'s' * (num != 1)} of which none matches" if num else "no answers",
                next_move="Check that this is the log and the suite that you mean",
            )

    def recorded(self, answer: Answer) -> Json:
        """Return what travels with an answer: its numbers, and which question they belong to."""
        return {
            "question": self._digests[answer.question],
            "metrics": dict(answer.metrics),
            "extracted": dict(answer.extracted),
        }

    def description(self) -> Json:
        """Return whose log this is, and what it leaves unsaid."""
        return {**self._imported.source, "said": self._imported.said, "notes": list(self._imported.notes)}
