"""The demo city: two old applications that really run, synthetic people, one gateway."""
