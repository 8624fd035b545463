"""Certifiers' files on their way into the registry: what a file would change, then the change, whole or not at all.

``plan`` compares rows with what the registry holds; ``apply`` writes; ``service`` is what pages and jobs call,
``command`` what the command line does.
"""
