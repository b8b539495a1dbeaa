"""Every command of `gradviz`: each a module of that name with a click command called `command`."""
