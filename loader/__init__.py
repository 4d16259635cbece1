"""News articles to quads: pure stages over frozen records, with word lists as data."""
