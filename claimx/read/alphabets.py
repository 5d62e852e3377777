"""
Judge by words and letters whether bytes were decoded with the right encoding.

A wrong code page keeps the ASCII letters and turns the others into letters that
the language does not have: the Czech "řekl" becomes "øekl". So the commonest words
identify the language, and its letters the code page.
"""

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import NamedTuple

# Weight of another language's letter, as in a foreign name; the language's own weigh 1.
_FOREIGN = 0.3
# Fewer of its common words do not identify a language.
_MIN_WORDS = 3

_WORD = re.compile(r"[^\W\d_]+")
_ODD = re.compile(r"[^\x00-\x7f]")
# Marks used in every language; except for the joining ones, never between two letters.
_MARKS = "“”„‘‚‹›«»…•§°€£¥©®™½¼¾²³\u00a0¿¡ºª×−№"
_JOINING_MARKS = "’·–—\u00ad"
_STRAY_MARK = re.compile(rf"(?<=[^\W\d_])[{_MARKS}](?=[^\W\d_])")
_INSIDE_WORD = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f]")
_ALL_MARKS = frozenset(_MARKS + _JOINING_MARKS)

# Languages by script and family: their letters beyond a to z, and their commonest function words
# that are not also words of the other languages in the family.
_LANGUAGES = """
English||the of and to in that is was for it with as his on be at by this had not are but from
French|àâæçéèêëîïôœùûüÿ|le la les des du et est dans pour que qui une sur par avec ne pas au plus ce
Spanish|áéíñóúü|el la los las de que y en un una por con del se para como más pero su al lo fue
Catalan|àçèéíïòóúü|el la els les de que i en un una per amb del és no més però va als seva
Portuguese|áâãàçéêíóôõúü|o a os as de que e em um uma para com não do da no na por mais foi ao
Italian|àèéìíîòóùú|il la le di che e in un una per con non del della è si da gli ha sono nel alla
German|äöüß|der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch
Dutch|áéëèêíïóöúü|de het een van en in is dat op te zijn met voor niet aan er om ook als bij door
Danish|æøåéö|og i at det en til er som på de med den for af ikke der har blev havde også fra
Norwegian|æøåéèêòóô|og i det en til er som på de med den for av ikke har ble hadde også fra etter
Swedish|åäöéàü|och i att det en som på är av för med den till inte om har de ett var från hade
Icelandic|áðéíóúýþæö|og að í á er sem til um við það var með ekki en fyrir hann því frá
Finnish|äöåšž|ja on ei että se oli hän mutta ovat kun myös joka niin ole kuin sen tai mukaan
Estonian|äöõüšž|ja on ei et see oli ta kui ka mis aga oma või kes ning siis seda ole
Polish|ąćęłńóśźż|w i na z do się nie że jest o to od za po jak przez dla ale był są
Czech|áčďéěíňóřšťúůýž|a se v na je že o s z do to i by jako za ale pro podle který jsou byl
Slovak|áäčďéíĺľňóôŕšťúýž|a sa v na je že o s z do to aj by ako za ale pre podľa ktorý sú bol
Slovene|čšž|in je v na se da za so s z pa ki bi ne bil po kot tudi ali bo pri od
Croatian|čćđšž|i je u na se da za su od s a ne koji će bi kao iz što ali nije bio
Hungarian|áéíóöőúüű|a az és hogy nem is egy volt meg de csak ez már ki vagy mint el szerint még
Romanian|ăâîșțşţ|de și şi în a la cu pe nu din o ce să mai că care un au pentru este fost
Albanian|çë|të e në dhe i një për me që nga se u nuk është ka si por do më
Turkish|çğıöşüâîûİ|ve bir bu da de için ile çok olarak daha o ne gibi olan var kadar ama sonra
Lithuanian|ąčęėįšųūž|ir į kad iš su tai yra o kaip buvo ne jis bet už po per apie taip savo
Latvian|āčēģīķļņšūž|un ir ka no uz ar par kas bija to arī nav pie lai bet tas pēc kā viņš
Vietnamese|àáâãèéêìíòóôõùúýăđĩũơư|và của là có trong cho một các được không với này những đã người
Russian|абвгдеёжзийклмнопрстуфхцчшщъыьэюя|и в не на что с он по как это но из за от его для к о было
Ukrainian|абвгґдеєжзиіїйклмнопрстуфхцчшщьюя|і в у не на що з та до як за від про це але він або є
Bulgarian|абвгдежзийклмнопрстуфхцчшщъьюяѝ|и на да се за е от в не че са с по като но това до ще бе
Macedonian|абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ|и на да се во за е од не што со ќе ги но ја по како тоа
Serbian|абвгдђежзијклљмнњопрстћуфхцчџш|и је у да се на за су од не са који као из што али би ће
Greek|αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ|και το να η του της ο με για την που από τα δεν στο σε θα
Hebrew|אבגדהוזחטיכךלמםנןסעפףצץקרשת|של את לא על הוא גם כי זה עם אל היא אבל כל יש אם או בין
Arabic|ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي،؛؟|في من على أن إلى عن التي مع كان لا هذا ما هو بعد قال
Persian|ءآئابتثجحخدذرزسشصضطظعغفقلمنهوپچژکگی،؛؟|و در به از که را این با است برای آن خود تا یک بر هم
"""


class _Language(NamedTuple):
    letters: frozenset[str]
    words: frozenset[str]


@cache
def _list_languages() -> tuple[_Language, ...]:
    rows = (row.split("|") for row in _LANGUAGES.strip().splitlines())
    return tuple(
        _Language(frozenset(letters + letters.upper()), frozenset(words.split()))
        for _, letters, words in rows
    )


def rate_text(text: str) -> float:
    """
    Rate how well *text* fits its most likely language, 0 to 1; 0 if none fits.

    >>> rate_text("Ministr øekl, že a se to") < rate_text("Ministr řekl, že a se to")
    True
    """
    composed = unicodedata.normalize("NFC", text)
    words = Counter(found[0].lower() for found in _WORD.finditer(composed))
    odd = Counter(_ODD.findall(composed))
    stray = len(_STRAY_MARK.findall(composed)) + _count_stray_capitals(composed)
    return max(_rate(language, words, odd, stray) for language in _list_languages())


def _count_stray_capitals(text: str) -> int:
    """Count the capitals beyond ASCII that follow a lower-case letter, as in "täTä"."""
    inside = (found.start() for found in _INSIDE_WORD.finditer(text))
    return sum(text[at].isupper() and text[at - 1].islower() for at in inside)


def _rate(language: _Language, words: Counter[str], odd: Counter[str], stray: int) -> float:
    hits = sum(words[word] for word in language.words)
    if hits < _MIN_WORDS:
        return 0.0
    fit = sum(_weigh(character, language) * count for character, count in odd.items()) - stray
    share = max(fit, 0) / odd.total() if odd else 1.0
    return float(hits / words.total() * share**2)


def _weigh(character: str, language: _Language) -> float:
    if character in language.letters or character in _ALL_MARKS:
        return 1.0
    return _FOREIGN if character.isalpha() else 0.0
