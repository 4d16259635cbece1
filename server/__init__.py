"""The Flask application over the store: SPARQL, pages, saved queries, dumps."""
