import { keyOf, type NameWord } from "./nameWord.ts";

// Given names and the short forms, spellings and translations that people use for them. A line is a group; a name may be in several
// groups ("alex" is short for Alexander and for Alexandra). In folded form: lower case, ASCII.
const groups = `
aaron erin ron ronnie|abigail abby abbie gail|abraham abe bram ibrahim abram|ada adele adelaide addie della|adam ad|adrian ade
agnes aggie nessa|alan al allan allen alain|albert al bert bertie alberto albrecht|alejandro alex ale sandro jandro|alexander alex al lex xander sandy sasha sascha alec alek alexandre alessandro aleksander aleksandr alexandr alejandro
alexandra alex lex sandra sandy sasha alexa lexi alessandra aleksandra alejandra|alexis alex lex lexi|alfred al alf alfie fred freddie alfredo|alice ali allie alicia|alison ali allie allison allyson
amanda mandy manda|amelia amy millie emilia|amy aimee|anastasia ana stacy stacey nastya|andrea andi andie drea|andrew andy drew andre andreas andrei andrej andrzej andres anders|angela angie ang angel|angelina angie lina
ann anne anna ana annie nan nancy annette anja anya hannah|annabel anna bella belle annabelle|anneliese anna liese anne|annemarie anne anna marie|anthony tony ant toni antonio anton antoine antoni|antonia toni tonya|antonio tony toni
archibald archie|arnold arnie|arthur art artie arturo artur|augustus gus august auguste augustine agustin|barbara barb babs bobbie barbie|barnaby barney|bartholomew bart barry bartek bartosz|beatrice bea trixie beatriz beatrix
benedict ben benny benedikt|benjamin ben benny benji benjie|bernard bernie bernhard bernardo|bernadette bernie|bertram bert bertie|beverley bev beverly|bradley brad|brandon bran|brenda bren|brendan bren|brian bryan bri|bridget biddy bridie brigid brigitte
bronwyn bron|bruno bru|caitlin cait katie kate kaitlyn katelyn caitlyn kaitlin|calvin cal|cameron cam|camille cam camilla millie|candice candy candace|carl karl carlo carlos carlito charles|carol carole caroline carrie|caroline carol carrie caro lina carolina karolina carolyn
casey case kacey|cassandra cass cassie sandra|catherine cath cathy kate katie kathy kay kitty cat katherine katharine kathryn catalina catarina caterina katarina ekaterina katharina kathrin katrin cate cathryn kit
cecilia cece celia cissy cecile|charles charlie chuck chas charly carl carlos karl chip|charlotte charlie lottie lotte char carlotta|chelsea chels|cheryl cher sheryl|chloe chlo|christian chris kris cristian kristian|christina chris tina christine chrissy kristina cristina kirsten kristin kristen christa
christine chris chrissy tina christina christy kristine|christopher chris kit topher kris christoph christophe cristobal kristof|clarence clar|claudia claud|clayton clay|clement clem|clifford cliff|clinton clint|colin col|connor con conor|constance connie
cornelius neil con|courtney court|craig|crystal krystal|curtis curt kurt|cynthia cindy cyn|cyril cy|dale|daniel dan danny dani daniele danilo|danielle dani danni daniela daniella|darren daz|david dave davey davy davide dawid|deborah deb debbie debra debora
denise dee|dennis den denny denis|derek del|desmond des|diana di diane dianne diana|dominic dom nick dominik domenico dominique|donald don donny donnie|donna|dora theodora dorothea|dorothy dot dottie dolly dora dorothea|douglas doug dougie
duncan dunc|dustin dusty|dylan dyl|ebenezer eben|edgar ed eddie ted|edith edie|edmund ed eddie ned ted edmond|edward ed eddie ned ted teddy eduard eduardo edouard edoardo edvard|edwin ed eddie|eileen ilene aileen|elaine ellie laine|eleanor ellie nell nora ella elle lenore eleonora elinor elena
elijah eli|elizabeth liz lizzie beth betty eliza ellie lisa elisabeth elsie bess bessie libby lilibeth elisa elise elspeth isabel elsa betsy liza|ella ellie|ellen ellie nell|emily em emma millie emilie|emma em emmie|emmanuel manny manu emanuel manuel|eric erik rick erich erick|ernest ernie ernst ernesto|erin
esther essie hester|ethan|eugene gene|eva eve evie|evelyn evie eve|ezekiel zeke|felicity fliss flick|ferdinand ferdi fernando nando|fernando nando|fiona fi|florence flo florrie flora|frances fran fanny frankie francesca francoise franziska|francis frank fran francesco francisco francois franz paco pancho frankie
francisco paco pancho frank fran cisco|frank frankie franklin franck|franziska franzi|frederick fred freddie freddy rick frederic friedrich federico fritz fredrik frederik|gabriel gabe gab gaby|gabrielle gabby gaby gabriela gabriella|gareth gary gaz|gary gaz garry|gavin gav|geoffrey geoff jeff jeffrey geoffroy|george georgie jorge georg georges giorgio jerzy geordie
georgina georgie gina georgia georgiana|gerald gerry jerry gerard|gerard gerry jerry gerhard gerardo|geraldine gerry|gertrude gertie trudy|gilbert gil bert|giovanni gianni john|giuseppe beppe pino joseph|glenn glen|gordon gordy|grace gracie|graham gram graeme|gregory greg gregor gregorio grzegorz grigory
gretchen greta|guillermo memo william|gustavo gus gustav|gwendolyn gwen wendy|hannah hanna anna|hans johannes hansi johann|harold harry hal harald|harriet hattie harry|harrison harry|harvey harv|hector|heather|heidi adelheid|heinrich heinz henry heiner|helen nell ella helena elena helene lena nellie|henrietta etta hettie|henry harry hank hal henri henrik enrique enrico heinrich
herbert herb bert|herman hermann|hilary hils hillary|horace|howard howie|hubert hugh bert hubertus|hugh hugo hughie|ian iain|ignacio nacho|imogen immy imo|immanuel manny|ingrid inga|irene rene renie irena|isaac ike zac|isabel bella belle izzy isabella isabelle izabella isobel isa|isaiah
ivan john|jack john jacky jackson|jackson jack|jacob jake jakob jacobo|jacqueline jackie jacqui jacquelyn jaclyn|jacques jack|jaime jamie james|james jim jimmy jamie jacob jacobus jem jimbo jimi jaime santiago diego|jamie james jaime|jan john johannes jean|jane jan janie jean janet|janet jan jane|janice jan|jared|jasmine jas jazz yasmin|jason jay jase
jean jan john jeanne|jeanette jean jeannie nettie|jeffrey jeff geoff geoffrey jeffery|jennifer jen jenny jenn jenna|jeremiah jerry jem|jeremy jem jerry jez|jerome jerry|jessica jess jessie|jesse jess|joachim jo jochen achim joaquin|joan jo joanie|joanna jo joanne johanna anna|joanne jo joanna|joao john
joel|johannes hans john johann jan jo|john johnny jon jack johan johann johannes ian ivan juan jan jean giovanni joao sean hans|johnathan john jon jonathan johnny|jonathan jon john johnny jonny nathan jonathon johnathan|jordan jordy jord|jose pepe joseph jo joe|joseph joe joey jo jose josef giuseppe jozef jojo pepe jusuf yusuf
josephine jo josie jojo|joshua josh joss|joyce joy|juan john|judith judy jude judi|judy judith|julia jules julie juliet giulia|julian jules giuliano julien|juliana jules anna juliane|julie jules julia|juliet jules julie juliette|justin just|karen kaz karin|katherine kate kathy katie kat kath kathryn katharine katrina kitty kay catherine katarzyna kathleen
kathleen kath kathy katie kate kay|kayla kay|keith|kelly kel kelley|kelvin kel|kenneth ken kenny|kerry kez|kevin kev|kimberly kim kimmy kimberley|kirsten kirsty kris|konrad conrad kurt|konstantin kostya costa konstantinos kostas|krzysztof chris krzysiek|kurt curtis konrad|kyle ky
lachlan lachie|lancelot lance|laura laurie lori lauren|lauren laurie ren loz laura|laurence larry laurie lawrence lorenzo laurent lorenz lars|lawrence larry laurie laurence lawrie|leah|leo leon leonardo leonard|leonard leo len lenny lennie leonardo|leonardo leo nardo|leroy lee|leslie les lesley|lewis lew louis lou|liam william|lillian lily lil lilly lilian
linda lin lindy lynda|lindsay linz lindsey lyndsey lins|lisa liz elizabeth|lorraine lori|louis lou louie lewis luis luigi ludwig|louise lou lulu luisa louisa|lucas luke luca lukas luc lukasz|lucille lucy|lucinda lucy cindy|lucy lu lucia lucie luce|ludwig lutz louis|luis lou louis lucho|luke lucas luca luc|lydia lyd|lynn lyn lynne
mackenzie mac kenzie|madeline maddie maddy madeleine lena magda madelyn|magdalena magda lena|malcolm mal malc|manuel manny manolo manu|marcella marcy|marcus marc mark markus marco marcos marek|margaret maggie meg may peggy marge margie margo greta rita madge daisy peg margarita margarethe margherita marguerite margot malgorzata gretel
maria mary marie mia mariah|marian mary ann|marianne mary anne marie|marilyn mary lyn|mario|marion|marjorie marge margie|mark marc marcus marco markus marek|marlene lena|marshall marsh|martha marty mattie marta|martin marty mart martino marcin martijn|mary molly polly maria marie may mae mamie|mateo matthew|mathias matt matthias mats
matthew matt matty mat mateo matteo mathieu matthieu matthias mateusz matthijs|maureen mo|maurice mo maury mauricio moritz|maverick rick|max maximilian maxwell maximus maxim maxime|maximilian max maxi|maxine max|maxwell max|megan meg meggie meghan|melanie mel|melinda mel mindy linda|melissa mel missy lissa|melvin mel|mercedes mercy
michael mike mick mickey mikey mitch micky michel miguel mikhail mihai michal mikael michele miki|michaela mikaela mica kayla|michelle shelly chelle mich michele shell|miguel mike migue michael|mikhail misha mike michael|mildred millie|miranda randy mira|miriam mim miri mary|mitchell mitch|mohammed mo mohamed muhammad mohammad moe med|monica mon monika nika
montgomery monty|morgan mo|moses mo moe moshe musa|muriel|myron|nadezhda nadia|nancy nan ann|naomi|natalia nat natasha natalya talia tasha|natalie nat nattie natalia nathalie|natasha tasha nat|nathan nate nat|nathaniel nate nat nathan nathanael|neil neal niall|nellie nell|nicholas nick nicky nico nicolas klaus nikolaus nicola nikolai niklas claus mikolaj nikolas nicolaus
nicola nicky nikki nic|nicole nicky nikki nic cole nicola|nigel nige|nikita nik|nina|nora norah|norman norm|norma|octavia tavy|oliver ollie olly oli olivier|olivia liv livvy ollie livia|oscar ozzie oskar|oswald oz ozzie|otto|owen|pamela pam|patricia pat patty tricia trish patsy tish patrizia|patrick pat paddy patricio patryk rick|paul paulie pablo paolo pavel pawel paulo
paula pauline polly|pauline paula|pedro peter|penelope penny pen|percival percy|peter pete pedro pierre petr piotr pietro petros petey|petra|philip phil pip philipp felipe philippe filippo phillip flip|philippa pip pippa|phoebe phoebs|phyllis phyl|pierre peter|piotr peter|priscilla cilla|prudence prue|rachel rach rachael raquel|radoslaw radek
rafael rafa rafe raphael rafal|ralph ralf raf|ramon ray|randall randy randolph|randolph randy dolph|raymond ray raimund ramon|rebecca becky becca bec beck rebekah becks|reginald reg reggie|regina gina|rene|reuben rube ruben|rhiannon rhi|rhonda ron|ricardo ric rick richard ricky|richard rick dick rich richie ricky ritchie ricardo riccardo dickie
rita margarita|robert bob rob bobby robbie robin bert roberto bobbie rupert|roberta bobbie robbie|robin rob|roderick rod roddy rodrigo|rodney rod|rodrigo rod|roger rodge rog rudiger|roland roly rolly rolando orlando|roman|ronald ron ronnie ronny|rory|rosalind roz ros rosie|rose rosie rosa|rosemary rose rosie romy|roxanne roxy|roy
ruben reuben|rudolph rudy rolf rudi rudolf|rufus|rupert rob|russell russ rusty|ruth ruthie|ryan ry|sabrina bri|salvador sal|salvatore sal toto|samantha sam sammy sammie|samuel sam sammy|sandra sandy alexandra sandi|sara sarah sally sadie zara sarai|saul|scott scotty|sean shaun shawn john|sebastian seb bas basti bastian sebastien|selina lina|sergei serge sergio sergey serhii|seth
seymour|shane|shannon shan|sharon shaz shari|shaun shawn sean|sheila|shelley shel shelly|shirley shirl|sidney sid sydney|siegfried sigi|sigmund sig ziggy|silvia sylvia syl|simon si simeon|simone sim|sofia sophie sophia sonia zofia soph|solomon sol|sophie soph sophia sofia|spencer spence|stacey stace stacy|stanley stan stanislav stanislaw|stella
stefan steve stephen stefano steffen|stefanie steffi steph stephanie|stephanie steph stevie stefanie steff steffi|stephen steve stevie steven stefan stephane ste esteban stefano etienne|steven steve stevie stephen ste|stewart stew stu stuart|stuart stu stew stewart|susan sue susie suzie suzy susanna suzanne susanne zuzanna suse|suzanne sue suzie suzy susan
sydney syd sid|sylvester sly|sylvia syl silvia|tabitha tabby|tamara tammy tam tara|tanya tatiana tania|tara|taylor tay|teodor ted theodore|teresa terry tess tessa theresa terri therese|terence terry terrence|tessa tess|thaddeus thad tad|theodore ted teddy theo teodor fyodor|theresa terry tess tessa teresa resi|thomas tom tommy thom tomas tomasz tommaso
tiffany tiff|timothy tim timmy timo timotheus|tina christina|tobias toby tobi|toby tobias|todd|tracy trace tracey|trevor trev|tristan tris|ulrich uli|ulrike uli rike|ursula uschi ursel|valentina val tina|valentine val|valerie val valeria|vanessa nessa van|vasily vasya basil|vera veronica|vernon vern|veronica ronnie roni vera nica veronika
victor vic viktor vittorio|victoria vicky tori vic vicki vikki viktoria tory|vincent vince vin vinny vincenzo vicente|viola vi|violet vi|virginia ginny ginger gina|vivian viv vivien vivienne|vladimir vlad vova volodymyr|walter walt wally|wanda|warren|wayne|wendy wen|wesley wes|wilfred wilf fred|wilhelm willi will william
william will bill billy willy liam willie guillermo guillaume wilhelm guglielmo willem|wilma|winifred winnie freda|winston win|wolfgang wolf|xavier xavi javier|yolanda yoli|yusuf joseph|yvonne eve|zachary zac zach zack zak zachariah|zoe zo zoey
`;

// Common given names without a short form of their own: a name that is one letter away from another name is no misspelling of it.
const unabbreviated = `
aiden alina amber amir arjun ashley ava axel bella blake brooke carla carmen celine chad cody cole colleen dana darius dean diego dina elsa emil enzo erika ezra finn gabi gina gloria haley
ines iris irina jade jana janina jarrod jens joerg jonas juergen julio karim kai katja kian kira kyra lara lars lana laila leila lena leonie lewis levi lia lian lina linus lola lucia luna maja malik marcel maren marina
marvin maya mila milan mina mira mona nadia nadine nils noah nolan olga oleg omar pablo paola piper rahul ravi reed reese remy rhys riley rosa sana sanjay silas sonja sven tania tariq theo tyler uwe vera yara yan zara
jake lee ray kim jay max amy eva ivy joy leo mia nia roy sam tim tom dan don ron ben ken len jim jon jan ian eli ari ali
`;

const members: readonly (readonly string[])[] = groups
  .trim()
  .split(/[|\n]/)
  .map((line) => line.trim().split(" ").map(keyOf));
const byName: ReadonlyMap<string, readonly number[]> = groupsByName();

function groupsByName(): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const [group, names] of members.entries()) {
    for (const name of names) {
      const memberships = byName.get(name) ?? [];
      memberships.push(group);
      byName.set(name, memberships);
    }
  }
  for (const name of unabbreviated.trim().split(/\s+/).map(keyOf)) if (!byName.has(name)) byName.set(name, []);
  return byName;
}

/** True for a given name that is common in some country. */
export const isGivenName = ({ key }: NameWord): boolean => byName.has(key);

/** True when two given names are forms of one name: Bob and Robert, Katie and Katharina. */
export function areFormsOfOneName(a: NameWord, b: NameWord): boolean {
  const groupsOfA = byName.get(a.key);
  const groupsOfB = byName.get(b.key);
  return groupsOfA !== undefined && groupsOfB !== undefined && groupsOfA.some((group) => groupsOfB.includes(group));
}

/** Groups that a given name belongs to, for an index by name. */
export const groupsOfName = ({ key }: NameWord): readonly number[] => byName.get(key) ?? [];

/** First letters of the forms of a given name; empty for another word. */
export const initialsOf = (name: NameWord): string =>
  groupsOfName(name)
    .flatMap((group) => members[group] ?? [])
    .map((form) => form.charAt(0))
    .join("");
