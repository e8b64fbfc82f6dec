"""One file per kind of system; each is found by its name and sees only `app.adapter`."""
