"""The regions of France, by the postcode of an address: what agents share their work by."""

from __future__ import annotations

from bonus.money import NBSP

_DEPARTMENTS = {
    "84": ("Auvergne-Rhône-Alpes", "01 03 07 15 26 38 42 43 63 69 73 74"),
    "27": ("Bourgogne-Franche-Comté", "21 25 39 58 70 71 89 90"),
    "53": ("Bretagne", "22 29 35 56"),
    "24": ("Centre-Val de Loire", "18 28 36 37 41 45"),
    "94": ("Corse", "20"),
    "44": ("Grand Est", "08 10 51 52 54 55 57 67 68 88"),
    "32": ("Hauts-de-France", "02 59 60 62 80"),
    "11": ("Île-de-France", "75 77 78 91 92 93 94 95"),
    "28": ("Normandie", "14 27 50 61 76"),
    "75": ("Nouvelle-Aquitaine", "16 17 19 23 24 33 40 47 64 79 86 87"),
    "76": ("Occitanie", "09 11 12 30 31 32 34 46 48 65 66 81 82"),
    "52": ("Pays de la Loire", "44 49 53 72 85"),
    "93": ("Provence-Alpes-Côte d’Azur", "04 05 06 13 83 84"),
    "01": ("Guadeloupe", "971"),
    "02": ("Martinique", "972"),
    "03": ("Guyane", "973"),
    "04": ("La Réunion", "974"),
    "06": ("Mayotte", "976"),
    "com": ("Collectivités d’outre-mer", "975 977 978 984 986 987 988"),
}
UNKNOWN = "inconnue"
REGIONS = {code: name for code, (name, _) in _DEPARTMENTS.items()} | {
    UNKNOWN: f"Région inconnue{NBSP}: adresse sans code postal"
}
"""The official code of a region (COG, INSEE) → its name."""
_REGION_OF = {department: code for code, (_, list_) in _DEPARTMENTS.items() for department in list_.split()}


def region_of(postcode: str, country: str = "FR") -> str:
    """The code of the region of a postcode: a key of ``REGIONS``, ``inconnue`` when it says none."""
    digits = postcode.strip()
    if country != "FR" or len(digits) != 5 or not digits.isascii() or not digits.isdecimal():
        return UNKNOWN
    return _REGION_OF.get(digits[:3]) or _REGION_OF.get(digits[:2], UNKNOWN)
