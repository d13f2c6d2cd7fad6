"""`python -m sfttrain` and `torchrun -m sfttrain`."""

from sfttrain.cli import main

if __name__ == "__main__":
    main()
