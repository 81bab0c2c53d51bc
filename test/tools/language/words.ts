/** Names that must not be used, with the term to use instead. Matched as a whole identifier, case-sensitive. */
export const bannedNames: Readonly<Record<string, string>> = {
  told: "the noun of what it holds",
  known: "the noun of what it holds",
  said: "the noun of what it holds",
  anew: "force, or again",
  whoever: "the noun of who it is",
  lane: "priority",
  lanes: "priorities",
  breather: "yieldToEventLoop",
  follower: "consumer",
  inlet: "webhookSource",
  door: "webhookEndpoint",
  doors: "webhookEndpoints",
  receipt: "provenance",
  receipts: "provenance",
  sighting: "panelView",
  sightings: "panelViews",
  knowledge: "the noun of what it holds",
};

/** Beginnings of names that must not be used. */
export const bannedPrefixes: readonly { prefix: RegExp; use: string }[] = [
  { prefix: /^most[A-Z]/, use: "max…" },
  { prefix: /^longest[A-Z]/, use: "max…" },
];

/** Words in comments and documentation that have a plainer term. */
export const oddWords: Readonly<Record<string, string>> = {
  told: "the verb of what happened: received, returned, reported",
  tell: "report, return, show",
  tells: "reports, returns, shows",
  telling: "reporting, showing",
  whoever: "the noun of who it is",
  whomever: "the noun of who it is",
  whichever: "the one that",
  whom: "the noun of who it is",
  nobody: "no customer, no caller, nothing",
  somebody: "a customer, a caller, a person",
  everybody: "all customers, all callers",
  anybody: "any customer, any caller",
  anew: "again",
  stand: "be, run, depend",
  stands: "is, runs, depends",
  stood: "was",
  standing: "state",
  hear: "receive",
  hears: "receives",
  heard: "received",
  say: "contain, report, name",
  says: "contains, reports, names",
  said: "reported, named",
  lest: "so that … not",
  thrift: "rate limit, quota",
  likewise: "also",
  meanwhile: "since then, at the same time",
  story: "trace, history, records",
  door: "webhook endpoint",
  inlet: "webhook source",
  bell: "wake-up signal",
  breather: "yield",
  mended: "fixed",
  befall: "happen to",
  alas: "nothing",
  thereof: "of it",
  thereby: "so",
};

/** Single words that name no thing: participles, adverbs, pronouns. A local variable or parameter needs a noun. */
export const vagueNames: ReadonlySet<string> = new Set(
  `told known said made seen found given taken left kept held gone done come came sent written lost won shown drawn bound
   brought built caught chosen hidden met spent stood thought understood got heard meant paid shut sold begun broken fallen
   forgotten forgiven grown risen spoken stolen sworn thrown torn woken worn
   about again anew before after once twice then until soon here there where when how why never ever always often still
   yet already else apart aside away back behind beside beyond inside outside together
   at by of with without on off up down over under
   it its mine ours own other others some one ones both all none any each every who whom whose what which whichever whoever this
   that these those such same more most less least few many much whole several another
   waiting running standing following happening ending sleeping missing resting`
    .split(/\s+/)
    .filter(Boolean),
);

/**
 * Words in -ed that are no vague names: nouns and verbs, and participles that every reader knows as the result of an operation.
 * They are the ones that well-read TypeScript codebases use for local names.
 */
export const clearNamesInEd: ReadonlySet<string> = new Set(
  `seed feed need speed embed shed bed red breed
   aborted allowed authorized blocked canceled compiled composed compressed computed created decoded deferred deleted encoded
   enabled expected filtered formatted grouped inserted loaded mapped matched merged normalized parsed rejected rendered resolved
   serialized signed sorted trimmed updated validated verified`
    .split(/\s+/)
    .filter(Boolean),
);
