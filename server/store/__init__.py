"""Releases on disk, the workers that answer queries and the guard before them; no Flask here."""
