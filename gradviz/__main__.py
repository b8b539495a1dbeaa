"""`python -m gradviz` is the `gradviz` program."""

from gradviz.cli.main import main

main()
