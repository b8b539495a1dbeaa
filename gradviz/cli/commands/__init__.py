"""Every command of `gradviz`: a module of its name with a click command called `command`."""
