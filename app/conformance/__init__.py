"""What a connection to a source is worth, shown by asking it: grades are computed from checks, never claimed."""
