"""How good an answer is: rules, freshness, scores, and findings about what could not be used."""
