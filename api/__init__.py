"""THE DOORS: the command line and HTTP; the only place where the parts are put together."""
