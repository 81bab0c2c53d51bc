import type { Overview } from "@sidelight/contracts/overview/overview.ts";
import type { Connector } from "@sidelight/platform-kit/platform.ts";
import { type LiveProbe, watchConnection } from "../../connections/liveProbe.ts";
import type { QuotaState } from "../../resilience/rateLimiter.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { createOverviewReader, type OverviewReader } from "./computeOverview.ts";

/** While a console watches, a connection without a call is probed this often, ms. */
const probeMs = 4_000;
/** The same for a connection with little left of a quota. */
const scarceProbeMs = 60_000;
const scarceShare = 0.2;
/** Probes use at most this part of a quota, as long as a console watches. */
const probeShare = 0.2;
/** The overview is read this often, and at once when something changed. */
const readMs = 2_000;
/** Changes that follow each other are one. */
const minReadMs = 1_000;

/** The overview of a tenant for any number of consoles: one computation and one set of probes in this process. */
export interface OverviewWatch {
  /** Reads it now. */
  read(served: ServedTenant): Promise<Overview>;
  /** Yields it, and again whenever it changes, until the signal is aborted. */
  watch(served: ServedTenant, signal: AbortSignal): AsyncGenerator<Overview>;
  /** Consoles that watch now. */
  count(): number;
}

const watches = new WeakMap<object, OverviewWatch>();

/** Also for a tenant that was opened again with another configuration. */
export function overviewWatchOf({ tenant }: ServedTenant): OverviewWatch {
  const present = watches.get(tenant.log);
  if (present) return present;
  const watch = createOverviewWatch(createOverviewReader(tenant.clock.monotonic));
  watches.set(tenant.log, watch);
  return watch;
}

interface Listener {
  served: ServedTenant;
  receive(overview: Overview): void;
}

export function createOverviewWatch(reader: OverviewReader): OverviewWatch {
  const probes = new Map<string, LiveProbe>();
  const listeners = new Set<Listener>();
  let runningWatch: AbortController | null = null;
  /** Aborted when the overview may have changed. */
  let change = new AbortController();
  let current: { overview: Overview; text: string } | null = null;

  /** The newest opening of the tenant: an older one has the previous configuration. */
  const newest = (): ServedTenant | null => [...listeners].at(-1)?.served ?? null;

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const servedServedTenant = newest();
      if (!servedServedTenant) return;
      const { clock, log } = servedServedTenant.tenant;
      change = new AbortController();
      const stop = [log.onAnnounced(() => change.abort()), log.onInvalidated(() => change.abort())];
      try {
        void probeAll(servedServedTenant);
        await publish(servedServedTenant).catch(() => {});
        await clock.sleep(minReadMs, signal).catch(() => {});
        if (!change.signal.aborted)
          await clock.sleep(readMs - minReadMs, AbortSignal.any([signal, change.signal])).catch(() => {});
      } finally {
        for (const unsubscribe of stop) unsubscribe();
      }
    }
  }

  async function publish(servedServedTenant: ServedTenant): Promise<void> {
    const overview = await reader.read(servedServedTenant, probes);
    // The time of the answer and of a probe that changed nothing are no change.
    const text = JSON.stringify({ ...overview, asOf: null, connections: overview.connections.map(withoutProbeTime) });
    if (text === current?.text) return;
    current = { overview, text };
    for (const listener of listeners) listener.receive(overview);
  }

  /** Circuits record the results, so that a failing platform is alerted too. */
  async function probeAll({ tenant }: ServedTenant): Promise<void> {
    const now = tenant.clock.now();
    await Promise.all(
      tenant.connections.map(async (connection) => {
        const { id, pausedAt, connector, rateLimiter } = connection;
        if (pausedAt !== null || !isProbed(connector)) {
          probes.delete(id);
          return;
        }
        const intervalMs = connector.reachable ? probeMs : probeInterval(quotasOf(connector, rateLimiter.left()));
        const lastAt = probes.get(id)?.at ?? Number.NEGATIVE_INFINITY;
        if (now - lastAt < intervalMs && now >= lastAt) return;
        // Recorded before the call, so that a slow one is not made twice.
        const previous = probes.get(id) ?? unknownProbe;
        probes.set(id, { ...previous, at: now });
        const probe = await watchConnection(connection, tenant.clock);
        const failingSince = probe.isWorking === true ? null : (previous.failingSince ?? probe.failingSince);
        probes.set(id, { ...probe, failingSince });
        if (probe.isWorking !== previous.isWorking) change.abort();
      }),
    );
  }

  return {
    read: (servedServedTenant) => reader.read(servedServedTenant, probes),
    count: () => listeners.size,
    async *watch(servedServedTenant, signal) {
      let pending: Overview | null = null;
      let wake: () => void = () => {};
      const listener: Listener = {
        served: servedServedTenant,
        receive(overview) {
          pending = overview;
          wake();
        },
      };
      signal.addEventListener("abort", () => wake(), { once: true });
      listeners.add(listener);
      try {
        yield await reader.read(servedServedTenant, probes);
        if (!runningWatch) {
          const controller = new AbortController();
          runningWatch = controller;
          current = null;
          void run(controller.signal);
        }
        while (!signal.aborted) {
          if (!pending) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            continue;
          }
          const overview: Overview = pending;
          pending = null;
          yield overview;
        }
      } finally {
        listeners.delete(listener);
        if (listeners.size === 0) {
          runningWatch?.abort();
          runningWatch = null;
          probes.clear();
        }
      }
    },
  };
}

/** A success this much later is shown. */
const shownStepMs = 15_000;

const unknownProbe: LiveProbe = { at: 0, ms: 0, isWorking: null, problem: null, nextAction: null, failingSince: null };

const quotasOf = ({ checkQuota }: Connector, quotas: Record<string, QuotaState>): QuotaState[] =>
  Object.entries(quotas).flatMap(([name, quota]) => (checkQuota === undefined || name === checkQuota ? [quota] : []));

/** Between two probes of a platform that counts them, ms. */
export function probeInterval(quotas: readonly Pick<QuotaState, "limit" | "remaining" | "windowMs">[]): number {
  if (quotas.some(({ remaining, limit }) => remaining / limit < scarceShare)) return scarceProbeMs;
  return Math.max(probeMs, ...quotas.map(({ windowMs, limit }) => windowMs / (limit * probeShare)));
}

/** A connection that only receives webhooks has nothing to call. */
const isProbed = ({ streams }: { streams: readonly unknown[] }): boolean => streams.length > 0;

const withoutProbeTime = (row: Overview["connections"][number]): unknown => ({
  ...row,
  probe: row.probe?.isWorking,
  // Words of the page tick on their own.
  lastSuccessAt: row.lastSuccessAt === null ? null : Math.floor(Date.parse(row.lastSuccessAt) / shownStepMs),
});
