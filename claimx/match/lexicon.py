"""
Small word lists of general news English: same meaning, opposite meaning, no meaning.

Made by hand for this purpose. A family is one idea in several words; words of
one family count as the same word when texts are compared. Families keep
apart what changes the truth of a claim (kill / injure, consider / agree).
"""

from claimx.words import word_set

# One family a line.
FAMILIES = """
increase rise grow growth climb jump surge soar gain raise hike expand expansion
decrease decline drop fall reduce reduction cut slash shrink plunge slide slump lower diminish
strengthen bolster boost enhance enhancement reinforce augment solidify improve improvement
weaken undermine erode
accelerate acceleration expedite hasten quicken speed fasttrack swift quick rapid fast faster
slow delay postpone postponement defer
begin start launch commence initiate inaugurate inauguration
end finish conclude terminate termination cease
stop halt suspend suspension
create creation establish establishment found foundation
scrap cancel cancellation abandon axe disband dissolve abolish
support back endorse endorsement favour favor
approve approval adopt adoption ratify authorize authorise
oppose opposition object objection resist resistance
reject rejection refuse refusal rebuff spurn
condemn condemnation denounce criticize criticise criticism slam deplore decry protest
praise laud hail applaud commend
kill die dead death fatal fatality perish
injure injury wound hurt
buy purchase acquire acquisition takeover
sell sale
hire recruit
dismiss dismissal sack oust
arrest detain detention apprehend custody
accuse accusation allege allegation
charge indict indictment
attack assault raid
war conflict battle combat
troop soldier personnel serviceman servicemember
weapon arm arms weaponry armament
munition ammunition ammo
shortage shortfall scarcity
ship vessel boat
plane aircraft airplane airliner jet
car vehicle automobile
home house residence
child kid youngster
doctor physician
lawyer attorney
student pupil
worker employee
chief head leader boss
company firm corporation
official representative
minister ministry
visit travel trip tour journey
meet meeting talk talks discuss discussion
agree agreement deal accord pact consensus
aim intend intention design seek mean meant
expect expectation anticipate anticipation foresee forecast predict prediction
consider consideration weigh mull contemplate
reveal announce announcement unveil disclose declare declaration
worry concern fear anxiety apprehension
important importance crucial vital essential imperative key
large big major huge significant significance substantial sweeping
near nearby proximity adjacent
shut close closure shutdown
recent new newly
annual year yearly
month monthly
week weekly
day daily
host base station locate location
produce production product build manufacture construct construction
joint jointly together bilateral
unify unified integrate integrated single
country nation
ally partner
alliance partnership
area region zone
responsibility duty task
change alter alteration modify modification shift
transform transformation evolve evolution transition convert conversion turn upgrade
restructure reorganize reorganise reorganization overhaul reform revamp
ceremony memorial commemorate commemoration
adversary enemy foe
attend attendance participate participation join
provide supply deliver delivery
permit allow let enable
ban prohibit prohibition outlaw forbid
require oblige obligate obligation necessity need necessary
request ask
help assist assistance aid
win victory
vote elect election choose choice select selection pick
appoint appointment nominate nomination
resign resignation quit
sue lawsuit
prison jail imprison
fire blaze
quake earthquake tremor
crash collide collision
explosion explode
fund funding finance
price cost
wage pay salary
profit earnings
stock share
study research researcher scientist
drug medicine medication
illness disease sickness
evacuate evacuation displace flee
vanish disappear missing
rescue save
spend spending expenditure outlay
military defense defence
commit commitment pledge promise vow dedication
assure reassure assurance
affirm reaffirm reiterate
restore reestablish restoration
regularly routinely consistently frequently often repeatedly
contested disputed dispute
currently presently now
prior previous previously earlier
former formerly
position posture
strategic strategically
prepare preparation ready readiness preparedness
cooperate cooperation collaborate collaboration
coordinate coordination synchronize orchestrate
arrive arrival
oversee supervise
global globally world worldwide
people person civilian
job post
plant factory
strike walkout
city town
border frontier
""".strip().splitlines()

# Pairs of opposites; the whole families of both words oppose each other.
OPPOSITES = """
increase decrease
strengthen weaken
strengthen decrease
accelerate slow
begin end
begin stop
begin scrap
create scrap
create end
support oppose
support reject
support condemn
approve reject
approve oppose
approve scrap
agree reject
praise condemn
welcome condemn
reveal scrap
welcome oppose
welcome reject
accept reject
accept decline
accept refuse
buy sell
hire dismiss
appoint dismiss
appoint resign
win lose
win defeat
win loss
permit ban
permit prevent
permit block
arrest release
guilty innocent
convict acquit
confirm deny
admit deny
succeed fail
success failure
open close
reopen close
open shut
lengthen shorten
widen narrow
lift impose
import export
arrive depart
arrive leave
remain leave
join leave
majority minority
morning evening
maximum minimum
north south
east west
northern southern
eastern western
northern southwestern
northern southeastern
southern northeastern
southern northwestern
left right
male female
man woman
men women
boy girl
alive dead
profit loss
war peace
safe dangerous
legal illegal
early late
high low
upper lower
hot cold
rich poor
strong weak
public private
friend enemy
ally enemy
surplus deficit
attack defend
advance retreat
accelerate suspend
continue stop
continue end
continue scrap
resume suspend
maintain scrap
satisfied unhappy
optimistic pessimistic
temporary permanent
first last
first final
domestic foreign
indoor outdoor
full empty
likely unlikely
""".strip().splitlines()

# Said of what is no longer a plan, before its name: "completed the upgrade".
DONE = word_set("completed finished finalized finalised concluded implemented carried")

# Said of what is no year old.
RECENT = word_set("recent recently newly lately")

# Said of a whole claim: it is not so.
REJECTING = word_set("""
    hoax hoaxes hoaxer fake faked fakes false falsely untrue debunk debunks debunked debunking
    rumor rumors rumour rumours myth bogus fabricated fabrication fictitious unfounded baseless
    deny denies denied denying denial denials refute refutes refuted disprove disproves disproved
    satire satirical
""")

# To deny these of anything is to reject it: "is not true".
TRUE = word_set("true real accurate correct genuine authentic")

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
