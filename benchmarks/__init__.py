"""Programs that measure: each prints its figures, and says how it was called."""
