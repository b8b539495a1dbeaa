"""The suites: every file here that declares a `SUITE`."""
