"""The tasks of `gradviz exam`, one file per task."""
