"""
Countries with their people and capitals: in news all three stand for the state.

Also a few bodies of the world's news that go by several names.

One country a line: its names, then adjectives, then the capital and what else
stands for its government. Plurals of people ("Americans") are added.
"""

_COUNTRIES = """
afghanistan,afghan,kabul
albania,albanian,tirana
algeria,algerian,algiers
andorra,andorran
angola,angolan,luanda
argentina,argentine,argentinian,buenos aires
armenia,armenian,yerevan
australia,australian,aussie,canberra
austria,austrian,vienna
azerbaijan,azerbaijani,azeri,baku
bahamas,bahamian,nassau
bahrain,bahraini,manama
bangladesh,bangladeshi,dhaka
barbados,barbadian,bridgetown
belarus,belarusian,minsk
belgium,belgian,brussels
belize,belizean
benin,beninese
bhutan,bhutanese,thimphu
bolivia,bolivian,la paz
bosnia,bosnia and herzegovina,bosnia herzegovina,bosnian,sarajevo
botswana,botswanan,gaborone
brazil,brazilian,brasilia,brasília
brunei,bruneian
bulgaria,bulgarian,sofia
burkina faso,burkinabe,ouagadougou
burundi,burundian
cambodia,cambodian,phnom penh
cameroon,cameroonian,yaounde
canada,canadian,ottawa
central african republic,bangui
chad,chadian,n'djamena
chile,chilean,santiago
china,chinese,prc,people republic china,beijing
colombia,colombian,bogota,bogotá
congo,congolese,drc,kinshasa
costa rica,costa rican
croatia,croatian,croat,zagreb
cuba,cuban,havana
cyprus,cypriot,nicosia
czech republic,czechia,czech,prague
denmark,danish,dane,copenhagen
djibouti,djiboutian
dominican republic,dominican,santo domingo
ecuador,ecuadorian,ecuadorean,quito
egypt,egyptian,cairo
el salvador,salvadoran,san salvador
eritrea,eritrean,asmara
estonia,estonian,tallinn
ethiopia,ethiopian,addis ababa
fiji,fijian,suva
finland,finnish,finn,helsinki
france,french,frenchman,paris,elysee,élysée
gabon,gabonese,libreville
gambia,gambian,banjul
germany,german,berlin
ghana,ghanaian,accra
greece,greek,athens
guatemala,guatemalan
guinea,guinean,conakry
guyana,guyanese
haiti,haitian,port au prince
honduras,honduran,tegucigalpa
hungary,hungarian,budapest
iceland,icelandic,icelander,reykjavik
india,indian,delhi,new delhi
indonesia,indonesian,jakarta
iran,iranian,tehran
iraq,iraqi,baghdad
ireland,irish,dublin
israel,israeli,jerusalem
italy,italian,rome
ivory coast,ivorian,abidjan
jamaica,jamaican
japan,japanese,tokyo
jordan,jordanian,amman
kazakhstan,kazakh,kazakhstani,astana
kenya,kenyan,nairobi
kosovo,kosovar,pristina
kuwait,kuwaiti
kyrgyzstan,kyrgyz,bishkek
laos,lao,laotian,vientiane
latvia,latvian,riga
lebanon,lebanese,beirut
liberia,liberian,monrovia
libya,libyan,tripoli
lithuania,lithuanian,vilnius
luxembourg,luxembourgish
madagascar,malagasy
malawi,malawian
malaysia,malaysian,kuala lumpur
maldives,maldivian
mali,malian,bamako
malta,maltese,valletta
mauritania,mauritanian
mauritius,mauritian
mexico,mexican,mexico city
moldova,moldovan,chisinau
mongolia,mongolian,ulaanbaatar
montenegro,montenegrin,podgorica
morocco,moroccan,rabat
mozambique,mozambican,maputo
myanmar,burma,burmese,naypyidaw
namibia,namibian,windhoek
nepal,nepali,nepalese,kathmandu
netherlands,holland,dutch,hague,the hague
new zealand,new zealander,kiwi,wellington
nicaragua,nicaraguan,managua
niger,nigerien,niamey
nigeria,nigerian,abuja
north korea,dprk,north korean,pyongyang
north macedonia,macedonia,macedonian,skopje
norway,norwegian,oslo
oman,omani,muscat
pakistan,pakistani,islamabad
palestine,palestinian
panama,panamanian
papua new guinea,port moresby
paraguay,paraguayan,asuncion
peru,peruvian,lima
philippines,philippine,filipino,filipina,manila
poland,polish,pole,warsaw
portugal,portuguese,lisbon
qatar,qatari,doha
romania,romanian,bucharest
russia,russian,russian federation,moscow,kremlin
rwanda,rwandan,kigali
saudi arabia,saudi,saudi arabian,riyadh
scotland,scottish,scot,edinburgh
senegal,senegalese,dakar
serbia,serbian,serb,belgrade
sierra leone,sierra leonean,freetown
singapore,singaporean
slovakia,slovak,bratislava
slovenia,slovenian,slovene,ljubljana
somalia,somali,mogadishu
south africa,south african,pretoria
south korea,republic korea,south korean,seoul
south sudan,south sudanese,juba
spain,spanish,spaniard,madrid
sri lanka,sri lankan,colombo
sudan,sudanese,khartoum
sweden,swedish,swede,stockholm
switzerland,swiss,bern
syria,syrian,damascus
taiwan,taiwanese,taipei
tajikistan,tajik,dushanbe
tanzania,tanzanian
thailand,thai,bangkok
togo,togolese
trinidad and tobago,trinidad tobago,trinidadian
tunisia,tunisian,tunis
turkey,türkiye,turkiye,turkish,turk,ankara
turkmenistan,turkmen,ashgabat
uganda,ugandan,kampala
ukraine,ukrainian,kyiv,kiev
united arab emirates,uae,emirati,abu dhabi
united kingdom,uk,britain,great britain,british,briton,whitehall,downing street,london
united states,united states america,us,usa,america,american,washington,white house
uruguay,uruguayan,montevideo
uzbekistan,uzbek,tashkent
vatican,holy see
venezuela,venezuelan,caracas
vietnam,vietnamese,hanoi
wales,welsh,welshman,cardiff
yemen,yemeni,sanaa
zambia,zambian,lusaka
zimbabwe,zimbabwean,harare
european union,eu,brussels
united nations,un
europe,european
asia,asian
africa,african
republican,gop,republican party
democrat,democratic,dem,democratic party
islamic state,isis,isil,daesh
department of defense,defense department,department defense,pentagon
department of state,state department,department state
department of justice,justice department,department justice
european central bank,ecb
federal reserve,fed
"""

# States of the U.S. with their abbreviations in news (Associated Press stylebook).
_STATES = """
alabama,ala
arizona,ariz
arkansas,ark
california,calif
colorado,colo
connecticut,conn
florida,fla
kansas,kan,kans
kentucky,ky
maryland,md
michigan,mich
minnesota,minn
missouri,mo
montana,mont
nebraska,neb,nebr
nevada,nev
new hampshire,nh
new jersey,nj
new mexico,nm
new york,ny
north carolina,nc
north dakota,nd
oklahoma,okla
pennsylvania,penn
rhode island,ri
south carolina,sc
south dakota,sd
tennessee,tenn
texas,tex
vermont,vt
virginia,va
west virginia,wva
wisconsin,wis
wyoming,wyo
"""


def _read_countries() -> dict[str, str]:
    places: dict[str, str] = {}
    for line in (_COUNTRIES + _STATES).split("\n"):
        names = line.split(",")
        for name in filter(None, names):
            places.setdefault(name, names[0])
            if name[-1] in "niektsomc" and " " not in name:
                places.setdefault(name + "s", names[0])
    return places


PLACES = _read_countries()
