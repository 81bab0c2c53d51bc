import type { Card, CardList, CardsRequest } from "@sidelight/contracts/cards/card.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import type { CardCustomer, CardDefinition, CardSource, LoadedCard } from "@sidelight/platform-kit/cards.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connection } from "../../connections/connections.ts";
import { isCardShown } from "../../context/sectionRights.ts";
import { openReader } from "../../log/reader.ts";
import { readRef } from "../contexts/contextQuery.ts";
import { labelOf, type MemberRecord } from "../identity/customerView.ts";
import { customerOf, type TargetCustomer } from "../identity/targets.ts";
import { iso } from "../instant.ts";
import { localizedText } from "../localizedText.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, requireRef, type ServiceContext } from "../service.ts";
import type { KeptCard } from "./cardCache.ts";
import { cardDefinitions } from "./cardDefinitions.ts";

/** A service may take its own time limit, and the connection of a busy process a little longer. */
const timeoutMs = 6_000;
/** Refs that a service gets: those of a person are few. */
const maxRefs = 50;

/**
 * The cards of a customer, from the services of the tenant. A service that fails affects its own cards only.
 * @throws {ProblemError} invalid_ref, not_found, conflict, forbidden
 */
export const getCards = defineService("session", async (context: ServiceContext, input: CardsRequest): Promise<CardList> => {
  const { served, actor } = context;
  const ref = readRef(input.ref, served.tenant);
  requireRef(actor, ref.ref);
  const { locale = "en" } = input;
  const keys = shownKeys(context, input);
  const sources = served.tenant.connections.flatMap((connection) => sourceOf(connection, keys));
  if (sources.length === 0) return { items: [], nextCursor: null };
  const { log } = served.tenant;
  const generation = log.generation();
  const customer = await customerOf(openReader(log), ref);
  const query = { customer, locale, state: { generation, dependencies: new Set([customer.node]) } };
  const cards = await Promise.all(sources.map((source) => cardsOf(context, source, query)));
  return { items: maskDeep(cards.flat(), actor.rights).value, nextCursor: null };
});

/** The keys that the caller wants and may see. @throws {ProblemError} forbidden, when the caller sees no card */
function shownKeys({ served, actor }: ServiceContext, { keys }: CardsRequest): readonly string[] {
  const allKeys = cardDefinitions(served.tenant).map(({ key }) => key);
  const visibleKeys = allKeys.filter((key) => isCardShown(actor.rights, key));
  if (visibleKeys.length === 0 && !isCardShown(actor.rights, "cards"))
    throw new ProblemError("forbidden", "Your role does not see cards. Ask your administrator for the section cards.");
  return keys ? visibleKeys.filter((key) => keys.includes(key)) : visibleKeys;
}

interface Source {
  connection: Connection;
  cards: CardSource;
  definitions: readonly CardDefinition[];
}

function sourceOf(connection: Connection, keys: readonly string[]): Source[] {
  const { cards } = connection.connector;
  const definitions = cards?.definitions.filter(({ key }) => keys.includes(key)) ?? [];
  return cards && definitions.length > 0 ? [{ connection, cards, definitions }] : [];
}

interface Query {
  customer: TargetCustomer;
  locale: string;
  state: { generation: number; dependencies: ReadonlySet<string> };
}

/** The cards of one service, in the order of the configuration. Those that memory holds are not asked for. */
async function cardsOf({ served }: ServiceContext, source: Source, query: Query): Promise<Card[]> {
  const { tenant, cards: cache } = served;
  const { customer, locale, state } = query;
  const keyOf = (key: string): string => [source.connection.id, customer.node, locale, key].join("\n");
  const keptCards = new Map<string, KeptCard>();
  for (const { key } of source.definitions) {
    const card = cache.get(keyOf(key), tenant.log);
    if (card) keptCards.set(key, card);
  }
  const missingKeys = source.definitions.map(({ key }) => key).filter((key) => !keptCards.has(key));
  const problem = missingKeys.length > 0 ? await load(missingKeys) : null;
  const now = tenant.clock.now();
  return source.definitions.map((definition) => cardView(definition, { locale, now }, keptCards.get(definition.key) ?? problem));

  async function load(keys: string[]): Promise<Card["problem"]> {
    const options = { priority: "interactive", signal: AbortSignal.timeout(timeoutMs) } as const;
    try {
      const loaded = await source.cards.load({ keys, customer: cardCustomer(customer), locale }, options);
      for (const card of loaded) {
        const keptCard = { card, loadedAt: tenant.clock.now() };
        keptCards.set(card.key, keptCard);
        if (card.components !== "invalid") cache.set(keyOf(card.key), keptCard, state);
      }
      return null;
    } catch (error) {
      if (error instanceof PlatformError) return problemOf(error);
      throw error;
    }
  }
}

function cardCustomer({ kind, node, records }: TargetCustomer): CardCustomer {
  const valuesOf = (pick: (record: MemberRecord) => readonly string[]): string[] => [...new Set(records.flatMap(pick))];
  return {
    id: `${kind}:${node}`,
    kind,
    name: labelOf(records),
    emails: valuesOf(({ data }) => (data.kind === "person" ? data.emails : [])),
    domains: valuesOf(({ data }) => (data.kind === "company" ? data.domains : [])),
    refs: valuesOf(({ ref }) => [ref]).slice(0, maxRefs),
  };
}

function cardView(
  { key, title }: CardDefinition,
  { locale, now }: { locale: string; now: number },
  result: KeptCard | Card["problem"],
): Card {
  const card = { key, title: localizedText(title, locale) };
  const failure = { ...card, state: "error", loadedAt: null, timeToLiveSeconds: null } as const;
  if (result === null || "code" in result) return { ...failure, components: [], problem: result ?? invalidAnswer };
  const { components, timeToLiveSeconds }: LoadedCard = result.card;
  if (components === "invalid") return { ...failure, components: [], problem: invalidAnswer };
  const ageSeconds = (now - result.loadedAt) / 1000;
  return {
    ...card,
    state: components ? "ok" : "empty",
    components: [...(components ?? [])],
    loadedAt: iso(result.loadedAt),
    timeToLiveSeconds: Math.max(0, Math.ceil(timeToLiveSeconds - ageSeconds)),
    problem: null,
  };
}

const invalidAnswer = {
  code: "invalid_answer",
  message: "The service's answer for this card cannot be used. Its components must be of the documented kinds.",
} as const;

function problemOf({ code, message }: PlatformError): Card["problem"] {
  if (code === "timeout") return { code, message: "The service did not answer in time. Try again." };
  if (code === "rate_limited" || code === "quota_exhausted")
    return { code: "rate_limited", message: "The service gets too many requests. Try again in a minute." };
  const isConfiguration = code === "invalid_credentials" || code === "rejected";
  return { code: isConfiguration ? "misconfigured" : "unavailable", message: `${message} Your administrator can check it.` };
}
