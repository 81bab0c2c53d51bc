import type { Quota } from "@sidelight/platform-kit/rateLimit.ts";
import { type ClassCounts, hasRoom, leavesShares, type QuotaReport, requestClasses } from "./shares.ts";

/**
 * The sliding window of one quota: who used it when, and what the platform reported. A whole window may be used in one burst, less
 * the reserves; requests become free as they were used. `redisQuotas.ts` has the same rules as a script; a test compares them.
 */
export interface WindowState {
  /** Requests of each process, oldest first: instant, position of the class, count, instant, … */
  owners: Map<string, number[]>;
  report: QuotaReport | null;
  /** The platform refuses all requests until this instant. */
  blockedUntil: number;
}

/** Terms of a window. Instants of requests are rounded up to `stepMs`, so that a large window is a short list. */
export interface WindowTerms extends Quota {
  stepMs: number;
  /** How long a granted request may wait before it is sent. It counts for this much longer. */
  leaseMs: number;
}

export interface GrantedRequests {
  /** As the window counts them. */
  instant: number;
  position: number;
  count: number;
}

/** One step of a window, in this order. */
export interface WindowRequest {
  /** Id of the process. */
  owner: string;
  terms: WindowTerms;
  /** What the owner used, where the window may have lost it. */
  replaced?: readonly number[];
  /** Granted requests that were not sent. */
  returned?: readonly GrantedRequests[];
  /** Forgets what the platform reported. */
  isReleased?: boolean;
  report?: { limit: number; remaining: number; lifetimeMs: number };
  /** The platform refuses requests for this long. */
  blockedMs?: number;
  /** As many requests of a class as are free, up to a count. */
  take?: { position: number; count: number };
}

export interface WindowAnswer {
  /** On the clock of the window, epoch ms. */
  now: number;
  granted: GrantedRequests | null;
  /** When the next request of the class is free; null when all of it is granted. */
  freeAt: number | null;
  counts: ClassCounts;
  /** Requests of the other processes in the window. */
  othersCount: number;
  report: QuotaReport | null;
  blockedUntil: number;
  /** Requests by age: the window in {@link ageBins} equal parts, newest first. */
  ages: number[];
}

/** Parts of a window in which its use is reported. */
export const ageBins = 24;

export const emptyWindow = (): WindowState => ({ owners: new Map(), report: null, blockedUntil: 0 });

/** The clocks of processes differ by less. */
export const maxSkewMs = 5_000;

/** Up to this limit each request counts at its own instant. */
export const maxExactLimit = 100;
/** Steps of a larger window: each is less than half a percent of it. */
const steps = 256;
const maxLeaseMs = 10_000;

/**
 * The ways of two requests to a platform differ by less, ms: one may need a new connection. A platform counts requests when they arrive.
 * Of a larger quota, a difference is a small part.
 */
const maxTransitMs = 2_000;
/** A shorter window only spaces requests. */
const minCountedMs = 10_000;

/** Longest time between the step of a shared store and the request that it granted, ms: the timeout of a step. */
const maxStepMs = 100;

/** @param isShared true when each step takes time, and processes take several requests of a large quota at once */
export function termsOf(quota: Quota, isShared: boolean): WindowTerms {
  const { limit, windowMs } = quota;
  if (limit <= maxExactLimit) {
    const transitMs = windowMs < minCountedMs ? 0 : maxTransitMs;
    const leaseMs = isShared ? Math.min(maxStepMs, Math.floor(windowMs / 20)) : 0;
    return { ...quota, windowMs: windowMs + transitMs, stepMs: 1, leaseMs };
  }
  const stepMs = Math.max(1, Math.floor(windowMs / steps));
  return { ...quota, stepMs, leaseMs: isShared ? Math.min(maxLeaseMs, stepMs) : 0 };
}

/** Applies one step. Changes the state. */
export function updateWindow(state: WindowState, request: WindowRequest, now: number): WindowAnswer {
  const { owner, terms, take } = request;
  if (request.replaced) state.owners.set(owner, [...request.replaced]);
  limitInstants(state, terms, now);
  for (const returned of request.returned ?? []) giveBack(state.owners.get(owner) ?? [], returned);
  dropExpired(state, terms, now);
  const counts = countsOf(state);
  if (request.isReleased) {
    state.report = null;
    state.blockedUntil = 0;
  }
  if (request.report) state.report = reportOf(request.report, counts, now);
  if (request.blockedMs !== undefined) state.blockedUntil = now + request.blockedMs;
  const report = state.report && state.report.endsAt > now ? state.report : null;
  state.report = report;

  let granted: GrantedRequests | null = null;
  let freeAt: number | null = null;
  if (take) {
    const { position } = take;
    const instant = Math.max(roundUp(now, terms.stepMs), state.owners.get(owner)?.at(-3) ?? 0);
    let count = 0;
    const isFree = () =>
      state.blockedUntil <= now &&
      hasRoom(position, counts, terms) &&
      (report === null || leavesShares(position, counts, terms, report));
    while (count < take.count && isFree()) {
      count += 1;
      counts[position] = (counts[position] ?? 0) + 1;
      if (report) report.sentCount += 1;
    }
    if (count > 0) {
      granted = { instant, position, count };
      addTo(entriesOf(state, owner), granted);
    }
    if (count < take.count) freeAt = nextFreeAt(state, position, counts, terms, now);
  }
  return {
    now,
    granted,
    freeAt,
    counts,
    othersCount: sumWithout(state, owner),
    report,
    blockedUntil: state.blockedUntil,
    ages: agesOf(state, terms, now),
  };
}

const roundUp = (instant: number, stepMs: number): number => Math.ceil(instant / stepMs) * stepMs;

/** A clock that was set back must not lengthen the window: what would lie in the future happened now. */
function limitInstants({ owners }: WindowState, { stepMs }: WindowTerms, now: number): void {
  const latest = roundUp(now, stepMs) + maxSkewMs;
  for (const entries of owners.values()) {
    for (let i = entries.length - 3; i >= 0 && (entries[i] ?? 0) > latest; i -= 3) entries[i] = latest;
  }
}

function giveBack(entries: number[], { instant, position, count }: GrantedRequests): void {
  for (let i = entries.length - 3; i >= 0; i -= 3) {
    if (entries[i] !== instant || entries[i + 1] !== position) continue;
    entries[i + 2] = Math.max(0, (entries[i + 2] ?? 0) - count);
    return;
  }
}

function dropExpired({ owners }: WindowState, { windowMs, leaseMs }: WindowTerms, now: number): void {
  for (const [owner, entries] of owners) {
    let first = 0;
    while (first < entries.length && (entries[first] ?? 0) + windowMs + leaseMs <= now) first += 3;
    if (first > 0) entries.splice(0, first);
    if (entries.length === 0) owners.delete(owner);
  }
}

function countsOf({ owners }: WindowState): ClassCounts {
  const counts = requestClasses.map(() => 0);
  for (const entries of owners.values()) {
    for (let i = 0; i < entries.length; i += 3) {
      const position = entries[i + 1] ?? 0;
      counts[position] = (counts[position] ?? 0) + (entries[i + 2] ?? 0);
    }
  }
  return counts;
}

function sumWithout({ owners }: WindowState, owner: string): number {
  let sum = 0;
  for (const [name, entries] of owners) {
    if (name === owner) continue;
    for (let i = 2; i < entries.length; i += 3) sum += entries[i] ?? 0;
  }
  return sum;
}

function reportOf(
  { limit, remaining, lifetimeMs }: NonNullable<WindowRequest["report"]>,
  counts: ClassCounts,
  now: number,
): QuotaReport {
  const usedCount = counts.reduce((sum, count) => sum + count, 0);
  return { limit, remaining, capacity: usedCount + remaining, sentCount: 0, endsAt: now + lifetimeMs };
}

function entriesOf({ owners }: WindowState, owner: string): number[] {
  const entries = owners.get(owner) ?? [];
  owners.set(owner, entries);
  return entries;
}

/** Adds to the requests of the same instant and class, so that a list has one entry for each step and class. */
export function addTo(entries: number[], { instant, position, count }: GrantedRequests): void {
  for (let i = entries.length - 3; i >= 0 && entries[i] === instant; i -= 3) {
    if (entries[i + 1] !== position) continue;
    entries[i + 2] = (entries[i + 2] ?? 0) + count;
    return;
  }
  entries.push(instant, position, count);
}

/** The earliest time at which a request of the class may be sent, if no other request is sent before. */
function nextFreeAt(state: WindowState, position: number, counts: ClassCounts, terms: WindowTerms, now: number): number {
  const { report } = state;
  const sharedFreeAt = report && !leavesShares(position, counts, terms, report) ? report.endsAt : 0;
  let freeAt = now;
  const left = [...counts];
  for (const [instant, entryPosition, count] of oldestFirst(state)) {
    if (hasRoom(position, left, terms)) break;
    left[entryPosition] = (left[entryPosition] ?? 0) - count;
    freeAt = instant + terms.windowMs + terms.leaseMs;
  }
  return Math.max(freeAt, sharedFreeAt, state.blockedUntil);
}

function oldestFirst({ owners }: WindowState): [number, number, number][] {
  const all: [number, number, number][] = [];
  for (const entries of owners.values()) {
    for (let i = 0; i < entries.length; i += 3) all.push([entries[i] ?? 0, entries[i + 1] ?? 0, entries[i + 2] ?? 0]);
  }
  return all.sort(([a], [b]) => a - b);
}

function agesOf({ owners }: WindowState, { windowMs }: WindowTerms, now: number): number[] {
  const ages = Array.from({ length: ageBins }, () => 0);
  for (const entries of owners.values()) {
    for (let i = 0; i < entries.length; i += 3) {
      const bin = Math.min(ageBins - 1, Math.max(0, Math.floor(((now - (entries[i] ?? 0)) * ageBins) / windowMs)));
      ages[bin] = (ages[bin] ?? 0) + (entries[i + 2] ?? 0);
    }
  }
  return ages;
}
