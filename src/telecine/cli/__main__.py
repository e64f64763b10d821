"""`python -m telecine.cli`."""

from telecine.cli import main

main()
