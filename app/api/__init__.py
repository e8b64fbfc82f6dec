"""The HTTP edge: the guard, the data routes, and the FastAPI frame for all that is not hot."""
