"""The command line; one file a command in `commands`.

For other rooms:

- main
"""
