"""Trust: who is asking, on which agreement, for which purpose."""
