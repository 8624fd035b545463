"""A demonstration's database filled with as many dossiers as one wants: drawn here, written by whole tables."""
