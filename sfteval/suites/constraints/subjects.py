"""The open stems of the shipped suite, written by hand; at most five prompts share one.

Letters, stories, explanations, plans, texts for a shop or a notice board: what people ask for, in neutral words. Stems
that the generator composes are in `topics`, so that practice material never shares one with the shipped suite.
"""

from sfteval.suites.constraints.stems import Stem, read_stems

TABLE = """
ladder-letter: Write a letter to a neighbour who lent you a ladder for a weekend.
    ladder gutter weekend roof careful / very nice
late-parcel: Write an e-mail to a shop about a parcel that arrived three weeks late.
    parcel order refund courier date / unfortunately very
night-bus: Tell a short story that takes place on the last bus of the night.
    driver window street ticket rain / dark suddenly
yeast: Explain to a ten-year-old why bread dough rises.
    yeast dough bubbles warm oven / magic just
lighthouse-ad: Write a job advertisement for the keeper of a lighthouse.
    lamp island storm season boat / unique exciting
move-house: Make a plan for moving out of a small flat within one week.
    boxes keys kitchen van neighbours / stress easy
park-bench: Write a dialogue between two strangers who share a park bench.
    bench pigeons newspaper bread autumn / hello weather
umbrella-product: Write a product description for an umbrella that cannot turn inside out.
    wind handle fabric ribs rain / perfect best
clocks-change: Explain why some countries change their clocks twice a year.
    clock light evening energy summer / basically very
lost-cat: Write a notice for a lamp post about a grey cat that has gone missing.
    cat collar street reward phone / sad please
beekeeper: Describe a morning in the life of a beekeeper.
    hive smoke honey gloves meadow / beautiful busy
bad-hotel: Write a fair review of a hotel where almost everything went wrong.
    room breakfast lift noise staff / terrible worst
stars: Explain how sailors found their way by the stars.
    star north horizon compass ship / ancient amazing
wedding-toast: Write a toast for the wedding of two old school friends.
    friends dance school glass years / love forever
river-clean: Write a call for volunteers who will clean up a river bank on Saturday.
    river gloves bags bank volunteers / amazing together
robot-cook: Tell a story about a robot that learns to cook soup.
    soup spoon recipe salt kitchen / human suddenly
first-garden: Give advice to somebody who plants a vegetable garden for the first time.
    soil seeds water beans weeds / simply easy
museum-label: Write the text for a museum label beside a very old wooden spoon.
    spoon wood village carved meal / ancient fascinating
train-delay: Write an announcement for passengers whose train has stopped in a tunnel.
    tunnel minutes engine doors platform / sorry unfortunately
chess-club: Write an invitation to the first evening of a new chess club.
    chess board evening players tea / fun exciting
volcano: Describe how a volcano comes into being.
    magma crust ash pressure mountain / huge powerful
old-bicycle: Write a small ad for an old bicycle that still rides well.
    bicycle brakes chain saddle price / great good
snow-day: Write a diary entry about the first day of snow in a mountain village.
    snow sledge chimney boots silence / white cold
two-cities: Compare life in a small town with life in a large city.
    town city rent neighbours noise / however better
tea-guide: Explain how to make a good pot of tea, step by step.
    kettle leaves pot minutes cup / simply perfect
ghost-tenant: Tell a story about a ghost who is unhappy with the new tenants.
    ghost stairs tenants furniture midnight / scary dark
school-trip: Write a letter to parents about a school trip to a farm.
    farm bus lunch boots teacher / please fun
apology: Write an apology to a colleague whose mug you have broken.
    mug kitchen desk replace morning / sorry terrible
tide: Explain what causes the tides.
    moon ocean gravity shore hours / basically huge
bakery-opening: Write a short newspaper article about a bakery that opens in an old church.
    bakery church bread oven queue / unique community
desert-walk: Describe a walk through the desert at dawn.
    sand dunes shadow water wind / beautiful hot
lost-key: Write a dialogue between a locksmith and a customer who has lost every key.
    lock key door price tools / problem sorry
robin-poem: Write a poem about a robin in a winter garden.
    robin frost branch crumbs window / red cold
pen-friend: Write a first letter to a pen friend on another continent.
    letter school family weather stamps / hello excited
library-rules: Draw up rules for a library that lends tools instead of books.
    tools drill members week shelf / must always
salt: Explain why sea water is salty and river water is not.
    salt rivers rocks ocean rain / simply basically
market-day: Describe a market square an hour before the market opens.
    stalls crates coffee square vans / busy colorful
time-capsule: Suggest what a village should put into a time capsule.
    capsule village letters coins century / important future
dragon-dentist: Tell a children's story about a dragon with a toothache.
    dragon tooth dentist cave fire / once brave
bus-route: Write a complaint to the town council about a bus route that was closed.
    bus route council hospital stop / unacceptable disappointed
compost: Explain how kitchen waste turns into compost.
    compost worms leaves heap months / nature simply
night-shift: Describe the night shift of a nurse in a small hospital.
    ward patients corridor lamp hours / tired busy
rain-festival: Make a plan for an open-air concert in case it rains.
    stage tent tickets cables crowd / hopefully problem
glasses-product: Write a product text for reading glasses that are hard to lose.
    glasses lens case cord colour / perfect best
bridge: Explain how engineers test whether a bridge is safe.
    bridge load steel cracks sensors / very important
grandmother: Write down a memory of baking with a grandmother.
    flour apron dough cinnamon stove / love sweet
island-letter: Write a letter from somebody who has lived alone on an island for a year.
    island boat fish shelter silence / lonely finally
interview: Write an interview with a woman who repairs church organs.
    organ pipes dust wood sound / passion amazing
sleep: Give advice to somebody who cannot fall asleep.
    bedroom screen coffee hour breathing / simply important
ferry: Tell a story about the captain of a ferry on his last day of work.
    ferry captain harbour passengers rope / sad tears
flatmates: Draw up an agreement on housework for four people who share a flat.
    kitchen bins rota bathroom week / must fair
moon-hotel: Write a travel brochure for a hotel on the moon.
    crater view suit gravity dinner / unique amazing
snail-race: Write a sports report on a race between two snails.
    shell track finish leaf crowd / slowly suddenly
paper: Explain how old newspapers become new paper.
    paper water fibres ink mill / simply then
speech-retire: Write a farewell speech for a caretaker who retires after forty years.
    keys garden school boiler years / always thank
choir: Write a notice that invites people without experience to join a choir.
    choir songs voices evening hall / fun welcome
cave: Describe what a diver sees in a cave under the sea.
    cave light rope fish bubbles / mysterious dark
fence: Write a friendly letter about a fence that has fallen into the next garden.
    fence garden storm posts weekend / sorry problem
chilli: Explain why chillies taste hot although they are not warm.
    chilli tongue heat nerves milk / actually basically
first-day: Tell the story of a first day at work that begins in the wrong building.
    lift desk badge coffee meeting / embarrassed suddenly
swap-party: Make a plan for an afternoon at which neighbours swap clothes.
    clothes rails tables hall tea / fun simply
lawn: Argue for a wild meadow in place of a lawn in front of the town hall.
    meadow flowers insects mowing hall / beautiful obviously
backpack: Write a product description for a backpack made from old sails.
    sail straps pocket zip harbour / unique perfect
echo: Explain how an echo works.
    sound wall cliff distance seconds / simply bounce
painter: Write a dialogue between a painter and the person who sits for the portrait.
    brush chair light colours portrait / beautiful patience
allotment: Write a newsletter for the members of an allotment garden in spring.
    seeds shed hedge water April / welcome please
airport: Describe an airport at four in the morning.
    gate coffee cleaners luggage screens / empty quiet
telescope: Give tips for buying a first telescope.
    telescope lens tripod price planets / best perfect
cook-exam: Tell a story about an apprentice cook on the day of the examination.
    knife sauce stove judge onions / nervous suddenly
recycling: Write a leaflet that tells tenants how to sort their rubbish.
    glass paper bins bottles yard / please important
lost-luggage: Write an e-mail to an airline about a suitcase that went to another country.
    suitcase flight airport label clothes / unfortunately frustrated
fog: Explain how fog forms over a lake.
    fog lake droplets air morning / mysterious simply
puppet: Describe a puppet theatre and the man who runs it.
    puppets strings curtain children stage / magical old
book-club: Write a message to a book club whose meeting has to be moved.
    book Thursday evening chapter tea / sorry unfortunately
swim: Make a plan for an adult who wants to learn to swim in ten weeks.
    pool lessons breathing float weeks / easy fear
postcard: Write a postcard from a mountain hut.
    hut trail soup blanket valley / beautiful wish
spider: Explain how a spider builds its web.
    web thread spiral insects silk / amazing clever
landlord: Write a polite letter to a landlord about a radiator that stays cold.
    radiator flat winter repair heating / please freezing
inventor: Tell a story about an inventor whose machine does only one useful thing.
    machine workshop lever neighbours button / crazy finally
picnic: Make a shopping list with short remarks for a picnic of eight people.
    bread cheese blanket apples lemonade / delicious fun
clock-tower: Write a short report on the repair of a clock tower.
    tower bell gears rust scaffold / finally historic
jury: Explain to a visitor from abroad what a jury does.
    jury judge court evidence verdict / basically fair
harvest: Describe the last day of an apple harvest.
    apples baskets ladders orchard cider / tired beautiful
wallet: Write a note to the person who found and returned your wallet.
    wallet cards street coffee honest / thank kind
tram: Compare travelling by tram with travelling by car in a city.
    tram car traffic parking ticket / however obviously
knitting: Write the opening of a blog post about learning to knit.
    needles wool stitches scarf patience / love relaxing
frog: Explain how a tadpole becomes a frog.
    tadpole legs tail pond lungs / amazing finally
night-market: Write a radio advertisement for a night market.
    lanterns music stalls noodles midnight / exciting amazing
strike: Write a neutral news report on a strike of bakers.
    bakers wages union flour shops / angry shocking
attic: Tell a story about a letter that is found in an attic.
    letter trunk dust grandfather envelope / mysterious suddenly
violin: Describe the workshop of a violin maker.
    wood glue strings bench varnish / beautiful magical
tap-water: Explain how water gets from a lake to a kitchen tap.
    pipes filter pump reservoir pressure / simply clean
thunder: Explain why thunder comes after lightning.
    lightning sound air seconds storm / simply loud
hike-plan: Make a plan for a two-day hike with a group of beginners.
    route tents boots map breaks / easy fun
shop-sign: Write a notice for the door of a shop that is closed for a family party.
    party shop Monday cake family / sorry please
goat-mayor: Tell a story about a village that elects a goat as its mayor.
    goat mayor bell council cabbage / funny suddenly
"""

SUBJECTS: tuple[Stem, ...] = tuple(read_stems(TABLE))
