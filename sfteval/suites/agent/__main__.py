"""`python -m sfteval.suites.agent` writes the shipped suite anew; only a checkout has use for it."""

from sfteval.suites.agent.write import NAME, write_files
from sfteval.suites.load import shipped_folder

if __name__ == "__main__":
    write_files(shipped_folder() / NAME)
