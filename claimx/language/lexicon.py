"""The English words that carry numbers, time, denial and certainty."""

from claimx.language.words import word_set

UNITS = {
    form: line.split()[0]
    for line in """
    second seconds sec secs
    minute minutes min mins
    hour hours hr hrs hourly
    day days daily
    night nights nightly
    week weeks weekly fortnight fortnights
    month months monthly
    year years yr yrs annual annually yearly anniversary birthday yearlong
    decade decades
    century centuries
    metre metres meter meters
    kilometre kilometres kilometer kilometers km kms
    centimetre centimetres centimeter centimeters cm
    millimetre millimetres millimeter millimeters mm
    mile miles mi
    foot feet ft
    inch inches
    yard yards
    acre acres
    hectare hectares ha
    kilogram kilograms kilogramme kilogrammes kg kgs kilo kilos
    gram grams gramme grammes
    pound-weight lb lbs
    ounce ounces oz
    ton tons tonne tonnes
    barrel barrels bpd
    litre litres liter liters
    gallon gallons
    degree degrees °
    celsius centigrade
    fahrenheit
    knot knots
    mph
    kph kmh kmph
    megawatt megawatts mw
    gigawatt gigawatts gw
    kilowatt kilowatts kw
    volt volts
    hertz hz
    megabyte megabytes mb
    gigabyte gigabytes gb
    terabyte terabytes tb
    % percent pct pc percentage
    point points
    magnitude
    time times
    """.splitlines()
    if line.strip()
    for form in line.split()
}

CURRENCIES = {
    **{"$": "$", "us$": "$", "€": "€", "£": "£", "¥": "¥", "₹": "₹", "₩": "₩", "₽": "₽"},
    **dict.fromkeys(("dollar", "dollars", "usd"), "$"),
    **dict.fromkeys(("euro", "euros", "eur"), "€"),
    **dict.fromkeys(("pound", "pounds", "sterling", "gbp"), "£"),
    **dict.fromkeys(("yen", "yuan", "renminbi", "jpy"), "¥"),
    **dict.fromkeys(("rupee", "rupees"), "₹"),
    **dict.fromkeys(("rouble", "roubles", "ruble", "rubles"), "₽"),
    **dict.fromkeys(("cent", "cents"), "cent"),
    **dict.fromkeys(("franc", "francs"), "franc"),
    **dict.fromkeys(("peso", "pesos"), "peso"),
}

MAGNITUDES = {
    **{"hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12},
    **{"k": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "bn": 1e9, "bln": 1e9, "b": 1e9},
    **{"tn": 1e12, "trn": 1e12, "dozen": 12.0},
    **{"lakh": 1e5, "lakhs": 1e5, "crore": 1e7, "crores": 1e7},
}
# "K" and "M" written apart from the number are mostly something else.
SPELT_MAGNITUDES = {word: size for word, size in MAGNITUDES.items() if len(word) > 1}

# Several tokens that are one unit, by the unit that they are listed under.
PHRASED_UNITS = {
    **dict.fromkeys(("nautical mile", "nautical miles"), "nautical-mile"),
    **dict.fromkeys(
        ("square kilometre", "square kilometres", "square kilometer", "square kilometers"),
        "square-kilometre",
    ),
    **dict.fromkeys(("sq km", "square km"), "square-kilometre"),
    **dict.fromkeys(
        ("square metre", "square metres", "square meter", "square meters"), "square-metre"
    ),
    **dict.fromkeys(("square mile", "square miles", "sq mi"), "square-mile"),
    **dict.fromkeys(("square foot", "square feet", "sq ft"), "square-foot"),
    **dict.fromkeys(("basis point", "basis points"), "basis-point"),
    **dict.fromkeys(("percentage point", "percentage points", "per cent"), "%"),
    **dict.fromkeys(("miles per hour", "miles an hour"), "mph"),
    **dict.fromkeys(
        ("km h", "km per hour", "km an hour", "kilometres per hour", "kilometers per hour"), "kph"
    ),
    **dict.fromkeys(("kilometres an hour", "kilometers an hour"), "kph"),
    **dict.fromkeys(("degrees celsius", "degrees centigrade", "° c", "degrees c"), "celsius"),
    **dict.fromkeys(("degrees fahrenheit", "° f", "degrees f"), "fahrenheit"),
}

# After "60m", these say that it is a length; else it is millions.
LENGTHS = word_set("""
    tall high long wide deep away above below from apart race sprint hurdles freestyle relay
    breaststroke backstroke butterfly underwater offshore inland north south east west drop wall
    tower bridge mast crane deep thick waves wave pool
    """)

VAGUE = {
    **{"dozens": 12.0, "scores": 20.0, "hundreds": 100.0, "thousands": 1e3},
    **{"millions": 1e6, "billions": 1e9, "trillions": 1e12},
}

MULTIPLES = {
    **dict.fromkeys(("double", "doubles", "doubled", "doubling", "twice", "twofold"), 2.0),
    **dict.fromkeys(("triple", "triples", "tripled", "tripling", "thrice", "threefold"), 3.0),
    **dict.fromkeys(("treble", "trebles", "trebled", "trebling"), 3.0),
    **dict.fromkeys(("quadruple", "quadruples", "quadrupled", "quadrupling", "fourfold"), 4.0),
    **{"fivefold": 5.0, "sixfold": 6.0, "sevenfold": 7.0, "eightfold": 8.0, "tenfold": 10.0},
    **dict.fromkeys(("halve", "halves", "halved", "halving"), 0.5),
}

DENOMINATORS = {
    **{"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4},
    **{"fourth": 4, "fourths": 4, "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6},
    **{"seventh": 7, "sevenths": 7, "eighth": 8, "eighths": 8, "tenth": 10, "tenths": 10},
}

_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth
fiftieth sixtieth seventieth eightieth ninetieth hundredth
"""
# A text without any of these, and without digits, states no quantity.
NUMBER_WORDS = frozenset((_ONES + _TENS + _ORDINALS).split()) | (
    {"hundred", "thousand", "million", "billion", "trillion"}
)
QUANTITY_WORDS = NUMBER_WORDS | {"dozen", "half", "quarter"} | VAGUE.keys() | MULTIPLES.keys()

_MONTHS = """
january jan|february feb|march mar|april apr|may|june jun|july jul|august aug
|september sep sept|october oct|november nov|december dec
"""
MONTHS = {
    word: number for number, forms in enumerate(_MONTHS.split("|"), 1) for word in forms.split()
}
# Words that are a month only beside a day or a year.
DOUBTFUL_MONTHS = word_set("may march jan feb mar apr jun jul aug sep sept oct nov dec")
_WEEKDAYS = """
monday mon|tuesday tue tues|wednesday wed|thursday thu thur thurs|friday fri|saturday|sunday
"""
WEEKDAYS = {
    word: number for number, forms in enumerate(_WEEKDAYS.split("|")) for word in forms.split()
}
RELATIVE_DAYS = {"today": "day+0", "tonight": "day+0", "yesterday": "day-1", "tomorrow": "day+1"}
RELATIVE_SHIFTS = {
    **{"last": "-1", "past": "-1", "previous": "-1", "preceding": "-1"},
    **{"this": "+0", "current": "+0", "next": "+1", "coming": "+1", "following": "+1"},
}
PERIODS = word_set("""
    week weekend month year decade century night morning evening afternoon quarter
    spring summer autumn fall winter season
    """)

COMPARATORS = {
    "over": ">",
    "more than": ">",
    "greater than": ">",
    "higher than": ">",
    "larger than": ">",
    "longer than": ">",
    "older than": ">",
    "taller than": ">",
    "heavier than": ">",
    "faster than": ">",
    "above": ">",
    "beyond": ">",
    "exceeding": ">",
    "exceeded": ">",
    "exceeds": ">",
    "exceed": ">",
    "surpassed": ">",
    "surpassing": ">",
    "upwards of": ">",
    "upward of": ">",
    "excess of": ">",
    "north of": ">",
    "least": ">=",
    "no fewer than": ">=",
    "no less than": ">=",
    "not less than": ">=",
    "minimum of": ">=",
    "under": "<",
    "below": "<",
    "fewer than": "<",
    "less than": "<",
    "lower than": "<",
    "shorter than": "<",
    "younger than": "<",
    "smaller than": "<",
    "slower than": "<",
    "lighter than": "<",
    "short of": "<",
    "up to": "<=",
    "at most": "<=",
    "as many as": "<=",
    "as much as": "<=",
    "no more than": "<=",
    "not more than": "<=",
    "maximum of": "<=",
    "nearly": "<~",
    "almost": "<~",
    "approaching": "<~",
    "virtually": "<~",
    "just under": "<~",
    "about": "~",
    "around": "~",
    "approximately": "~",
    "roughly": "~",
    "some": "~",
    "estimated": "~",
    "close to": "~",
    "circa": "~",
    "~": "~",
    "±": "~",
    ">": ">",
    "<": "<",
    "≥": ">=",
    "≤": "<=",
}
COMPARATORS_AFTER = {
    **{"or more": ">=", "or higher": ">=", "or older": ">=", "or longer": ">=", "or above": ">="},
    **{"or less": "<=", "or fewer": "<=", "or lower": "<=", "or under": "<=", "or younger": "<="},
    **{"or so": "~"},
}

FUNCTION_WORDS = word_set("""
    a an the this that these those such same other another each every any some all both either
    i you he she it we they me him her us them my your his its our their mine yours hers ours theirs
    who whom whose which what when where why how whether
    of to in on at by for with from as into onto upon over under about after before during through
    between among amid against without within toward towards across around behind beyond near off
    out up down along until till since despite per via like unlike than
    and or but nor so yet if because while although though unless once however
    am is are was were be been being have has had having do does did doing done
    will would shall should can could may might must ought
    not no never only just also too very more most much many few fewer less least even still already
    then there here now again ever almost quite rather own s t
    """)

# Words that are followed by what they deny. Those in two words are spelt "word word".
NEGATIONS = word_set("""
    not no never none nobody nothing neither nor without cannot hardly scarcely unable
    cant dont doesnt didnt isnt arent wasnt werent hasnt havent hadnt couldnt wouldnt shouldnt
    lack lacks lacked lacking deny denies denied denying refuse refuses refused refusing refusal
    """)
NEGATION_PAIRS = word_set("""
    yet|to fail|to fails|to failed|to failing|to failure|to decline|to declines|to declined|to
    declining|to rule|out rules|out ruled|out ruling|out far|from instead|of rather|than
    free|of free|from
    """)
# "no more than 50" and "not only" deny nothing.
NOT_NEGATIONS = word_set("""
    not|only not|just not|merely not|simply not|least not|alone no|doubt no|later no|fewer no|less
    no|- no|more no|matter nothing|but without|doubt or|not
    """)
# Verbs and nouns that deny by meaning: they may stand for a "not" of a claim, never against one.
LEXICAL_NEGATIONS = word_set("""
    reject oppose block ban halt stop prevent avoid cancel end lose absent absence miss missing free
    few fewer little less least exclude exclusion against former illegal prohibit forbid bar deny
    withdraw abandon scrap suspend remove cease decline dismiss drop withhold lift quit leave
    delay postpone false wrong untrue only alone unless impossible barely seldom rarely zero
    nowhere minus except ignore neglect skip contradict dispute refute
    illegal independent insufficient inadequate incomplete ineffective inaccurate incorrect
    irregular improper immoral inactive impossible
    """)
NEGATIVE_PREFIXES = ("un", "dis", "in", "im", "ir", "il", "non")

# How sure the text is of what follows, from words that come before it.
POSSIBLE = word_set("""
    may might could possibly perhaps potentially potential possible maybe possibility prospect
    consider considers considering considered contemplate contemplates contemplating mull mulls
    mulling mulled weigh weighs weighing explore explores exploring threaten threatens threatening
    threatened threat threats speculate speculated speculates speculation if unless whether
    propose proposes proposed proposing proposal discuss discusses discussing discussed debate
    debating likely unlikely hope hopes hoped hoping seek seeks seeking sought want wants wanted
    urge urges urged urging demand demands demanded demanding ask asks asked asking
    request requests requested recommend recommends recommended suggest suggests suggested
    """)
PLANNED = word_set("""
    will shall 'll would plan plans planned planning intend intends intended intending aim aims
    aimed aiming expect expects expected expecting agree agrees agreed agreeing pledge pledges
    pledged vow vows vowed promise promises promised commit commits committed prepare prepares
    preparing
    schedule scheduled designed meant poised decide decides decided order orders ordered
    try tries trying tried attempt attempts attempted
    """)
# These count only before "to" or "that": "the expected rise" and "a set of rules" do not plan.
NEEDS_TO = word_set("""
    aimed expect expects expecting agree agrees agreed agreeing commit commits committed
    prepare prepares preparing designed meant poised decide decides decided order orders ordered
    ask asks asked asking want wants wanted hope hopes hoped hoping urge urges urged urging try
    tries trying tried attempt attempts attempted seek seeks seeking sought demand demands demanded
    request requests requested set going ready about
    """)

REPORTING = word_set("""
    say says said tell tells told add adds added note notes noted state states stated claim claims
    claimed announce announces announced report reports reported know knows known knew think thinks
    thought comment respond mean means give gives
    """)

_IRREGULAR = """
    rose|rise risen|rise fell|fall fallen|fall won|win lost|lose began|begin begun|begin
    bought|buy sold|sell grew|grow grown|grow shrank|shrink shrunk|shrink led|lead met|meet
    said|say told|tell left|leave went|go gone|go took|take taken|take gave|give given|give
    made|make held|hold came|come shot|shoot found|find paid|pay kept|keep saw|see seen|see
    sent|send spent|spend built|build became|become brought|bring thought|think sought|seek
    fought|fight caught|catch taught|teach chose|choose chosen|choose drew|draw drawn|draw
    drove|drive driven|drive flew|fly flown|fly froze|freeze frozen|freeze knew|know known|know
    broke|break broken|break spoke|speak spoken|speak stole|steal stolen|steal wrote|write
    written|write stood|stand understood|understand struck|strike swore|swear sworn|swear
    threw|throw thrown|throw wore|wear worn|wear withdrew|withdraw withdrawn|withdraw
    upheld|uphold withheld|withhold freed|free fed|feed fled|flee forbade|forbid forbidden|forbid
    forgot|forget forgotten|forget forgave|forgive heard|hear hung|hang mistook|mistake
    mistaken|mistake overcame|overcome overtook|overtake overtaken|overtake proven|prove rode|ride
    ridden|ride shone|shine shook|shake shaken|shake slid|slide spun|spin stuck|stick stung|sting
    swung|swing tore|tear torn|tear undid|undo undone|undo undertook|undertake wept|weep
    foresaw|foresee foreseen|foresee rebuilt|rebuild resold|resell retook|retake retaken|retake
    beaten|beat bitten|bite bled|bleed bred|breed dug|dig clung|cling did|do done|do
    overthrew|overthrow overthrown|overthrow hid|hide hidden|hide bore|bear laid|lay
    meant|mean felt|feel slept|sleep swept|sweep dealt|deal lent|lend sank|sink sunk|sink
    sang|sing rang|ring ran|run swam|swim woke|wake children|child men|man women|woman
    feet|foot lives|life wives|wife died|die dying|die dies|die lay|lie
    """
IRREGULAR = dict(pair.split("|") for pair in _IRREGULAR.split())
