"""What the city keeps itself: copies of sources, and tables of its own, asked through the same pipeline as a live source."""
