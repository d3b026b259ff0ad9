"""`python -m interchange` is the command line."""

from interchange.cli import main

if __name__ == "__main__":
    main()
