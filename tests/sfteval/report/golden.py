"""The golden files of the report: what they hold, and how they are written again.

Run: python -m tests.sfteval.report.golden     (after a change that is meant; read the difference before you commit it)
"""

import re
from pathlib import Path

from sfteval.report.html import render_html
from sfteval.report.junit import render_junit
from sfteval.report.markdown import render_markdown
from sfteval.report.stored import settled
from tests.sfteval.report.example import small

HERE = Path(__file__).parent
_SHIPPED = re.compile(r"(<style>|<script>).*?(</style>|</script>)", re.DOTALL)
_HASH = re.compile(r"sha256-[A-Za-z0-9+/]{43}=")


def page_without_shipped_parts() -> str:
    """Return the small page; style and script, which are files of their own, and their hashes are left out."""
    page = render_html(settled(small())).decode()
    return _HASH.sub("sha256-...", _SHIPPED.sub(r"\1...\2", page))


GOLDEN = {
    "summary.golden.md": lambda: render_markdown(settled(small())).decode(),
    "junit.golden.xml": lambda: render_junit(settled(small())).decode(),
    "report.golden.html": page_without_shipped_parts,
}

if __name__ == "__main__":
    for name, made in GOLDEN.items():
        (HERE / name).write_text(made(), encoding="utf-8")
        print(HERE / name)
