"""`python -m sfteval.suites.agent` writes the shipped suite anew; only a checkout has use for it."""

from sfteval.suites.agent.write import NAME, suite_files
from sfteval.suites.load import shipped_folder
from sfteval.suites.made import write_files

if __name__ == "__main__":
    write_files(shipped_folder() / NAME, suite_files())
