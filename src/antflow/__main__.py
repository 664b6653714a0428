"""`python -m antflow`: the same as the command `antflow`."""

from antflow.cli import main

if __name__ == "__main__":
    main()
