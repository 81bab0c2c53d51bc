import { createHash } from "node:crypto";
import type { Context, Match } from "@sidelight/contracts/context/context.ts";
import { type SectionName, sectionNames } from "@sidelight/contracts/context/sections.ts";
import { calendarDays } from "@sidelight/model/calendar.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import { type CachedAnswer, createAnswerCache } from "../cache/answerCache.ts";
import type { Connection } from "../connections/connections.ts";
import { candidates, type Resolution, reasonsFor, resolve } from "../identity/resolve.ts";
import { openReader, type Reader } from "../log/reader.ts";
import type { Rights } from "../security/roles.ts";
import { compose, composeWithout, platformSections, type Sources, sourceStates } from "./compose.ts";
import { companyStory, personStory, type Rank, type Story } from "./customerRecords.ts";
import { type Pointer, pickFields } from "./fields.ts";
import { type Asked, askAgain, askForUnknown, type Flights, newFlights, noteAsked, searchedFrom } from "./platformFetch.ts";
import { rankOf } from "./platformRank.ts";
import { problemOf } from "./problems.ts";
import { configurationDependency, connectionDependency, type Tenant } from "./tenant.ts";
import { type TimelinePage, type TimelineQuery, timelineOf, type UnresolvedTimeline } from "./timeline.ts";

export interface ContextQuery {
  ref: ParsedRef;
  rights: Rights;
  sections: readonly SectionName[];
  deadlineMs: number;
  /** Only these members of the answer; all when null. */
  fields?: readonly Pointer[] | null;
  /** True answers from the store alone, whatever is absent or stale. */
  storeOnly?: boolean;
  /** As it was known when this event was the last. Nothing is asked then, and nothing remembered. */
  at?: PastMoment | undefined;
}

/** A moment of the log. */
export interface PastMoment {
  /** The last sequence of that moment. */
  sequence: number;
  /** Epoch ms. */
  instant: number;
}

export interface ContextAnswer extends Pick<CachedAnswer, "body" | "etag" | "validUntil" | "generation" | "dependencies"> {
  /** Who answered: the bytes in memory, the store, or a platform that was asked. */
  tier: "memory" | "store" | "platform";
}

export interface Contexts {
  answer(query: ContextQuery): Promise<ContextAnswer>;
  /** What was known at a moment of the log, as it is: for whoever computes with it. */
  past(query: Pick<ContextQuery, "ref" | "rights" | "sections"> & { at: PastMoment }): Promise<Context>;
  /** Asks the platforms anew, then answers. Null inside the cooldown, with the instant at which it ends. */
  refresh(query: ContextQuery): Promise<ContextAnswer | { retryAt: number }>;
  /** What happened to a customer, a page at a time. */
  timeline(query: TimelineQuery): Promise<TimelinePage | UnresolvedTimeline>;
}

/** Time kept back from the deadline for putting the answer together. */
const composeMs = 40;
/** A degraded answer, and one that found nobody, are soon worth another try. */
const degradedMs = 2_000;
const nobodyMs = 30_000;
const agedMs = 15_000;
const cooldownMs = 30_000;

/** One tenant's answers: from memory, else from the store, asking platforms only for what is absent or overdue. */
export function createContexts(tenant: Tenant): Contexts {
  const cache = createAnswerCache();
  const fills = singleFlight<ContextAnswer>();
  const flights = newFlights();
  const refreshedAt = new Map<string, number>();
  const { clock, log } = tenant;

  return {
    async answer(query) {
      const key = cacheKey(query);
      if (query.at) return await fill(key, query, false);
      const cached = cache.get(key, log, clock.now());
      if (cached) return { ...cached, tier: "memory" };
      return await fills(`${key}\n${query.deadlineMs}`, () => fill(key, query, false));
    },
    async past(query) {
      const { context } = await make(tenant, flights, { ...query, deadlineMs: 0 }, clock.now(), false);
      return context;
    },
    async refresh(query) {
      const now = clock.now();
      const about = await subjectOf(query.ref);
      const retryAt = (refreshedAt.get(about) ?? Number.NEGATIVE_INFINITY) + cooldownMs;
      if (retryAt > now) return { retryAt };
      if (refreshedAt.size > 10_000) for (const [node, at] of refreshedAt) if (at + cooldownMs <= now) refreshedAt.delete(node);
      refreshedAt.set(about, now);
      return await fill(cacheKey(query), query, true);
    },
    timeline: (query) => timelineOf(tenant, query, rankOf(tenant), (until) => askForUnknown(tenant, flights, query.ref, until)),
  };

  async function subjectOf(ref: ParsedRef): Promise<string> {
    const found = await resolve(openReader(log), ref);
    return found.state === "resolved" ? found.node : ref.ref;
  }

  async function fill(key: string, query: ContextQuery, anew: boolean): Promise<ContextAnswer> {
    const until = clock.now() + Math.max(0, query.deadlineMs - composeMs);
    const made = await make(tenant, flights, query, until, anew);
    const shown = query.fields ? pickFields(made.context, query.fields) : made.context;
    const body = Buffer.from(JSON.stringify(shown));
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
    const { validUntil, generation, dependencies } = made;
    const answer = { body, etag, validUntil, generation, dependencies };
    // The past is looked at once: its answers would only push out what is asked again.
    if (query.at === undefined) cache.set(key, answer);
    return { ...answer, tier: made.asked ? "platform" : "store" };
  }
}

interface Made extends Pick<CachedAnswer, "validUntil" | "generation" | "dependencies"> {
  context: Context;
  asked: boolean;
}

/** What one look into the store gives. `generation` was noted before the first read, so that nothing later is missed. */
interface Look {
  generation: number;
  dependencies: Set<string>;
  reader: Reader;
  resolution: Resolution;
}

async function make(tenant: Tenant, flights: Flights, query: ContextQuery, until: number, anew: boolean): Promise<Made> {
  let seen = await look(tenant, query.ref, query.at);
  let asked: Asked[] = [];
  const mayAsk = !query.storeOnly && query.at === undefined;
  const present = query.at?.instant ?? tenant.clock.now();
  if (mayAsk && (seen.resolution.state === "none" || (seen.resolution.state === "resolved" && seen.resolution.standsIn))) {
    asked = await askForUnknown(tenant, flights, query.ref, until);
    if (asked.some(hasBrought)) seen = await look(tenant, query.ref);
  }
  const { resolution } = seen;
  if (resolution.state !== "resolved") return await unresolved(tenant, query, seen, asked);

  if (asked.length > 0) await noteAsked(tenant, resolution.node, asked);
  const rank = rankOf(tenant);
  let story = await read(seen.reader, resolution, rank);
  let sources = await sourceStates(tenant, seen.reader, story, present);
  const overdue = mayAsk ? overdueConnections(sources, query.sections, tenant.clock.now(), anew, asked) : [];
  let again: Asked[] = [];
  if (overdue.length > 0) {
    again = await askAgain(tenant, flights, story, overdue, until);
    if (again.some(hasBrought)) {
      seen = await look(tenant, query.ref);
      if (seen.resolution.state !== "resolved") return await unresolved(tenant, query, seen, [...asked, ...again]);
      story = await read(seen.reader, seen.resolution, rank);
    }
    sources = await sourceStates(tenant, seen.reader, story, tenant.clock.now());
  }
  const now = query.at?.instant ?? tenant.clock.now();
  sources = withProblems(sources, [...again, ...asked], now);
  const { mergedInto } = seen.resolution as Extract<Resolution, { state: "resolved" }>;
  const match: Match = {
    state: "resolved",
    partial: asked.some(isTrouble),
    ...(await reasonsFor(seen.reader, query.ref, story, mergedInto)),
    candidates: [],
    searched: searchedFrom(asked, query.ref.kind === "object" ? "id" : query.ref.kind, now),
  };
  const { rights, sections: wanted, ref } = query;
  const context = await compose({ tenant, reader: seen.reader, ref: ref.ref, match, story, sources, wanted, rights, now });
  const troubled = [...asked, ...again].some((a) => a.outcome === "late");
  return {
    context,
    asked: [...asked, ...again].some((a) => a.outcome !== "nothing"),
    generation: seen.generation,
    dependencies: seen.dependencies,
    validUntil: troubled ? now + degradedMs : nextChange(tenant, sources, now),
  };
}

async function look(tenant: Tenant, ref: ParsedRef, at?: PastMoment): Promise<Look> {
  const generation = tenant.log.generation();
  const dependencies = new Set([configurationDependency, ...tenant.connections.map((c) => connectionDependency(c.id))]);
  const seen = (dependency: string) => void dependencies.add(dependency);
  const reader = openReader(tenant.log, at ? { seen, at: at.sequence } : { seen });
  return { generation, dependencies, reader, resolution: await resolve(reader, ref) };
}

function read(reader: Reader, resolution: Extract<Resolution, { state: "resolved" }>, rank: Rank): Promise<Story> {
  return resolution.kind === "person" ? personStory(reader, resolution.node, rank) : companyStory(reader, resolution.node, rank);
}

async function unresolved(tenant: Tenant, query: ContextQuery, seen: Look, asked: Asked[]): Promise<Made> {
  const { resolution, reader } = seen;
  const now = query.at?.instant ?? tenant.clock.now();
  const by = query.ref.kind === "object" ? "id" : query.ref.kind;
  const partial = asked.some(isTrouble);
  const base = { partial, confidence: null, reasons: [], searched: searchedFrom(asked, by, now) };
  const match: Match =
    resolution.state === "ambiguous"
      ? { ...base, state: "ambiguous", candidates: await candidates(reader, resolution.kind, resolution.nodes, rankOf(tenant)) }
      : { ...base, state: "none", candidates: [] };
  return {
    context: composeWithout(tenant, query.ref.ref, kindOf(tenant, query.ref, resolution), match, query.rights, now),
    asked: asked.length > 0,
    generation: seen.generation,
    dependencies: seen.dependencies,
    validUntil: now + (partial ? degradedMs : nobodyMs),
  };
}

function kindOf(tenant: Tenant, ref: ParsedRef, resolution: Resolution): Context["kind"] {
  if (resolution.state !== "none") return resolution.kind;
  if (ref.kind === "object")
    return tenant.platforms.get(ref.platform)?.objects[ref.object]?.kind === "company" ? "company" : "person";
  return ref.kind === "company" || ref.kind === "domain" ? "company" : "person";
}

/**
 * Connections whose part of the answer is stale or absent; all of them when the reader insists.
 * A value that is merely no longer fresh is the pulls' to renew: it is shown with its age, and costs no call.
 */
function overdueConnections(
  sources: Sources,
  wanted: readonly SectionName[],
  now: number,
  anew: boolean,
  asked: Asked[],
): Connection[] {
  const derived = wanted.some((name) => name === "health" || name === "timeline");
  return platformSections.flatMap((name) => {
    const { connection, observedAt } = sources[name];
    if (!connection || !(derived || wanted.includes(name))) return [];
    if (anew) return [connection];
    const isCurrent = observedAt !== null && now < observedAt + connection.staleMs;
    return isCurrent || asked.some((a) => a.connection === connection && a.outcome !== "partly") ? [] : [connection];
  });
}

function withProblems(sources: Sources, asked: Asked[], now: number): Sources {
  const merged = { ...sources };
  for (const name of platformSections) {
    const own = asked.find((a) => a.connection === sources[name].connection);
    const problem = own ? problemOf(own, now) : null;
    if (problem) merged[name] = { ...merged[name], problem, isLate: own?.outcome === "late" };
  }
  return merged;
}

/** The next instant at which the answer would read differently without anything happening. */
function nextChange(tenant: Tenant, sources: Sources, now: number): number {
  const changes = platformSections.flatMap((name) => {
    const { connection, observedAt } = sources[name];
    if (!connection || observedAt === null) return [];
    const [freshUntil, staleAt] = [observedAt + connection.freshMs, observedAt + connection.staleMs];
    // Something stale that couldn't be had is worth another try soon; something aged may have been vouched for meanwhile.
    if (staleAt <= now) return [now + degradedMs];
    return [freshUntil <= now ? now + agedMs : freshUntil, staleAt];
  });
  return Math.min(...changes, endOfDay(tenant, now));
}

/** The end of the tenant's day, found to the quarter hour: daily counts shift then. */
function endOfDay(tenant: Tenant, now: number): number {
  const dayOf = calendarDays(tenant.config.timeZone);
  const quarterHour = 900_000;
  const today = dayOf(now);
  let at = Math.floor(now / quarterHour) * quarterHour + quarterHour;
  while (dayOf(at) === today) at += quarterHour;
  return at;
}

const hasBrought = (asked: Asked): boolean => asked.outcome === "found" || asked.outcome === "partly";
const isTrouble = (asked: Asked): boolean => asked.outcome === "late" || asked.outcome === "failed";

function cacheKey({ ref, rights, sections, fields }: ContextQuery): string {
  return JSON.stringify([ref.ref, rights.pii, rights.reveal, rights.act, sections, fields ?? null]);
}

export const allSections: readonly SectionName[] = sectionNames;
