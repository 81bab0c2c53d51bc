import type { Clock } from "@sidelight/model/clock.ts";
import type { Quota } from "@sidelight/platform-kit/rateLimit.ts";
import { emptyWindow, updateWindow, type WindowAnswer, type WindowRequest, type WindowState } from "./window.ts";

/** Where the windows of one connection's quotas are counted. */
export interface QuotaStore {
  /** Id of this process in the windows. */
  owner: string;
  /** True when a step takes time: requests of a large quota are then taken several at a time. */
  hasLeases(quota: Quota): boolean;
  /**
   * Applies one step to the window of a quota, as one with respect to all other steps. A store in memory answers at once.
   * @returns null while the store is lost
   */
  update(quota: string, request: WindowRequest): WindowAnswer | null | Promise<WindowAnswer | null>;
  /** The state without a change, where it is in memory. */
  peek?(quota: string, request: WindowRequest): WindowAnswer;
  /** What other processes share with this one; absent when no other process counts in the same windows. */
  shared?: SharedQuotas;
}

export interface SharedQuotas {
  /** The part of a limit that this process may use alone while the store is lost. The parts of all processes are the limit. */
  shareOf(limit: number): number;
  /** Processes that divide a limit. */
  members(): number;
  /** The clock of the windows, as far as it is known. Epoch ms. */
  now(): number;
  /** Announces requests of this process. Others know then what is used, also when the store is lost. @returns false while it is lost */
  announce(quota: string, count: number): Promise<boolean>;
  /** Calls the listener with requests that other processes announced. @returns unsubscribes it */
  onAnnounced(quota: string, listener: (count: number) => void): () => void;
  /** Calls the listener when the store is back. It may have lost what was counted, and is not used before all processes wrote it again. */
  onRecovered(listener: () => void): () => void;
  /** Writes what this process used of a quota, also before the store is used again. */
  restore(quota: string, request: WindowRequest): void;
}

export const localOwner = "local";

export interface MemoryQuotas extends QuotaStore {
  update(quota: string, request: WindowRequest): WindowAnswer;
  peek(quota: string, request: WindowRequest): WindowAnswer;
  /** What the owner used: instant, position of the class, count, instant, … */
  entries(quota: string): readonly number[];
}

/** Counts in memory. @param stored what the owner used before, by quota */
export function createMemoryQuotas(
  clock: Pick<Clock, "now" | "monotonic">,
  owner: string = localOwner,
  stored: ReadonlyMap<string, readonly number[]> = new Map(),
): MemoryQuotas {
  const windows = new Map<string, WindowState>();
  const now = steadyNow(clock);
  const windowOf = (quota: string): WindowState => {
    const window = windows.get(quota) ?? { ...emptyWindow(), owners: new Map([[owner, [...(stored.get(quota) ?? [])]]]) };
    windows.set(quota, window);
    return window;
  };
  const update = (quota: string, request: WindowRequest): WindowAnswer => updateWindow(windowOf(quota), request, now());
  return { owner, hasLeases: () => false, update, peek: update, entries: (quota) => windowOf(quota).owners.get(owner) ?? [] };
}

/** The time since the epoch, of a clock that does not step with the system's time. Whole ms. */
function steadyNow(clock: Pick<Clock, "now" | "monotonic">): () => number {
  const offsetMs = clock.now() - clock.monotonic();
  return () => Math.floor(clock.monotonic() + offsetMs);
}
