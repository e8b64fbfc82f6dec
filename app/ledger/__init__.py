"""What happened: append-only evidence of every exchange, chained, signed, and free of personal values."""
