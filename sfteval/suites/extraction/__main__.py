"""`python -m sfteval.suites.extraction` writes the shipped suite anew; only a checkout has use for it."""

from sfteval.suites.extraction.write import SHIPPED, suite_files
from sfteval.suites.load import shipped_folder
from sfteval.suites.made import write_files

if __name__ == "__main__":
    write_files(shipped_folder() / SHIPPED.name, suite_files(SHIPPED))
