"""Tables of purchase lines on their way into a draft: checked against the registry and the dossiers, then taken.

``service`` is what pages call, ``steps`` what jobs do; ``checking`` asks the database by thousands, ``writing`` enters.
"""
