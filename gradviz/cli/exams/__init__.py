"""The tasks of `gradviz exam`, one file each."""
