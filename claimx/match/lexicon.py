"""Words of general news English that say nothing of what is claimed."""

from claimx.language.words import word_set

# Words that say nothing of what is claimed; the last lines are reporting verbs
# and courtesies, which do not change what is reported.
EMPTY = word_set(
    """
a an the of to in on at by for with from as and or but nor so that this these those it its
he she him her his hers they them their theirs we us our you your i me my who whom whose which
what when where while how why there here is are was were be been being am has have had having
do does did doing will would shall should can could may might must not no never none n't
s t re ve ll d m into onto over under about after before between during through out up down off
again further if because until against more most other some such only own same than then too
very just also both each any all every per via among within without toward towards upon
yet still even much many few less least one
co mr mrs ms dr sir etc
say says said saying tell tells told telling state states stated note notes noted noting add
adds added adding according report reports reported remark remarked comment commented
emphasize emphasizes emphasized emphasise emphasised emphasizing stress stressed stresses
underscore underscored highlight highlighted insist insisted explain explained express expressed
acknowledge acknowledged call called calls assert asserts asserted voice voiced mention mentioned
"""
)
