"""`python -m sfteval.suites.toolcalls` writes the shipped suite anew; only a checkout has use for it."""

from sfteval.suites.load import shipped_folder
from sfteval.suites.made import write_files
from sfteval.suites.toolcalls.write import SHIPPED, shipped_files

if __name__ == "__main__":
    write_files(shipped_folder() / SHIPPED.name, shipped_files())
