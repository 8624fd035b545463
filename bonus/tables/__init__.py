"""Tables that people send (CSV, XLSX), read safely into rows of cells. Pure: no database, no web.

What the columns are, and what a row must say, belongs to who asks: ``registry.files``, ``claims.tables``.
"""
