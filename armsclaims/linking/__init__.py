"""Proposing links between the reference data and another dataset, and keeping what an editor decides of them."""
