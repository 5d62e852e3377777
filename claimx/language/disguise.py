r"""
Undo what makes a text read otherwise to a program than to a person.

Characters that are not seen part a word, letters of another alphabet pass for Latin ones, and a
mark turns round what stands behind it: "n\u200bot", or "not" with a Cyrillic o, is no "not" then.
"""

import re

# What no font shows: joiners, fillers, marks of direction, variation selectors, tags. And lines and
# shapes around letters, though not those that strike them out.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
    "\u0305\u0332\u0333\u033f\u20dd-\u20e0\u20e2-\u20e4]+"
)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Small capitals, and white letters on black, which Unicode does not hold to be the same letters.
_STYLED = {
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True)),
    **{chr(0x1F150 + at): letter for at, letter in enumerate(_ALPHABET)},
    **{chr(0x1F170 + at): letter for at, letter in enumerate(_ALPHABET)},
}
_STYLED_LETTER = re.compile(f"[{''.join(_STYLED)}]")
# What is written from right to left is in order; a right-to-left override turns round the rest.
_TURNED = re.compile("\u202e([^\u202c\n\u0590-\u08ff]*)\u202c?")
_TWINS = dict(
    zip(
        "асеорхуіјѕһԁԛԝкАВЕКМНОРСТХУІЈЅοαρνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aceopxyijshdqwkABEKMHOPCTXYIJSoapvABEZHIKMNOPTYX",
        strict=True,
    )
)
# A word of Latin letters and of their twins alone: of "kWh" and "μm" it is not the case.
_TWIN = f"[{''.join(_TWINS)}]"
_MIXED = re.compile(
    rf"(?<![^\W\d_])(?:[A-Za-z]+{_TWIN}|{_TWIN}+[A-Za-z])(?:[A-Za-z]|{_TWIN})*(?![^\W\d_])"
)


def undisguise(text: str) -> str:
    r"""
    Write *text* as a reader sees it; its length may change.

    >>> undisguise("did n\u200bot")
    'did not'
    """
    text = _STYLED_LETTER.sub(lambda letter: _STYLED[letter[0]], text)
    text = _UNSEEN.sub("", _TURNED.sub(lambda turned: turned[1][::-1], text))
    return _MIXED.sub(lambda word: "".join(_TWINS.get(one, one) for one in word[0]), text)
