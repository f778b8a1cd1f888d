"""`python -m obrador`."""

from obrador.cli import main

main()
