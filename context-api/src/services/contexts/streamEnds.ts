import type { Clock } from "@sidelight/model/clock.ts";
import { halfJitter } from "@sidelight/platform-kit/backoff.ts";
import type { Tenant } from "../../context/tenant.ts";
import { isConsoleSessionValid } from "../../security/consoleSessions.ts";
import { isKeyActive } from "../../store/apiKeys.ts";
import { findConsoleSession } from "../../store/tables/consoleSessions.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import type { Actor } from "../actor.ts";

/** How often the credentials of open streams are checked, ms: a key is revoked by another process. */
const checkMs = 500;
/** A stream lasts between half of this and all of it, so that streams that began together do not end together. */
const maxStreamMs = 60 * 60_000;

interface OpenStream {
  actor: Actor;
  end(): void;
  /** By the monotonic clock. */
  endsAt: number;
}

/** The open streams of a tenant: each ends with its credentials, and after its longest life. */
export interface StreamEnds {
  /** @returns a signal that is aborted when the stream must end */
  open(actor: Actor): { signal: AbortSignal; close(): void };
  count(): number;
}

const endsByTenant = new WeakMap<object, StreamEnds>();

/** Also for a tenant that was opened again with another configuration. */
export function streamEndsOf({ log, clock }: Pick<Tenant, "log" | "clock">): StreamEnds {
  const ends = endsByTenant.get(log) ?? createStreamEnds((actor) => hasActiveCredentials(log.store, actor, clock.now()), clock);
  endsByTenant.set(log, ends);
  return ends;
}

async function hasActiveCredentials(store: TenantStore, { keyId, consoleSession }: Actor, now: number): Promise<boolean> {
  if (!(await isKeyActive(store, keyId, now))) return false;
  const session = consoleSession && (await findConsoleSession(store, consoleSession.id));
  return !consoleSession || (session !== null && session !== undefined && isConsoleSessionValid(session, now));
}

/** @param isActive whether the key of an actor, and the console session, are valid still */
export function createStreamEnds(isActive: (actor: Actor) => Promise<boolean>, clock: Clock): StreamEnds {
  const streams = new Set<OpenStream>();
  let idle: AbortController | null = null;

  async function watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(checkMs, signal).catch(() => {});
      if (!signal.aborted) await check();
    }
  }

  async function check(): Promise<void> {
    const activeByName = new Map<string, boolean>();
    for (const stream of streams) {
      const { keyId, expiresAt, person, consoleSession } = stream.actor;
      const name = consoleSession?.id ?? keyId;
      // A person signed in without an API key: their session ends at its own time, and with each new configuration. A store that cannot be read now ends no stream.
      if (!activeByName.has(name) && person !== null) activeByName.set(name, true);
      if (!activeByName.has(name)) activeByName.set(name, await isActive(stream.actor).catch(() => true));
      const isExpired = clock.monotonic() >= stream.endsAt || (expiresAt !== null && clock.now() >= expiresAt);
      if (isExpired || !activeByName.get(name)) stream.end();
    }
  }

  return {
    count: () => streams.size,
    open(actor) {
      const controller = new AbortController();
      const validMs = actor.expiresAt === null ? Number.POSITIVE_INFINITY : Math.max(0, actor.expiresAt - clock.now());
      const lifeMs = Math.min(validMs, halfJitter(maxStreamMs));
      const stream: OpenStream = { actor, end: () => controller.abort(), endsAt: clock.monotonic() + lifeMs };
      streams.add(stream);
      if (!idle) {
        idle = new AbortController();
        void watch(idle.signal);
      }
      return {
        signal: controller.signal,
        close() {
          streams.delete(stream);
          if (streams.size > 0) return;
          idle?.abort();
          idle = null;
        },
      };
    },
  };
}
