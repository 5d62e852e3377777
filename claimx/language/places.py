"""
Countries with their people and capitals: in news all three refer to the state.

Some international bodies with several names are included.

Each line is one country: its names, then adjectives, then the capital and other words
for its government. Plurals of people ("Americans") are added.
"""

from claimx.language.lexicon import read_lines


def _read_countries() -> dict[str, str]:
    places: dict[str, str] = {}
    for line in (*read_lines("places.countries"), *read_lines("places.states")):
        names = line.split(", ")
        for name in names:
            places.setdefault(name, names[0])
            if name[-1] in "niektsomc" and " " not in name:
                places.setdefault(name + "s", names[0])
    return places


PLACES = _read_countries()
