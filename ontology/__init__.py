"""The words, shapes, rules and reference data of the graph."""
