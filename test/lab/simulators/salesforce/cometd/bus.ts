import type { TenantWorld } from "../../../world/tenant.ts";
import { HOUR } from "../../../world/time.ts";
import type { Context } from "../../context.ts";

/** "ChangeEventHeader": metadata of a change event. */
export interface ChangeHeader {
  entityName: string;
  recordIds: string[];
  changeType: string;
  changeOrigin: string;
  transactionKey: string;
  sequenceNumber: number;
  commitTimestamp: number;
  commitNumber: number;
  commitUser: string;
  nulledFields: string[];
  diffFields: string[];
  changedFields: string[];
}

export interface RetainedEvent {
  replayId: number;
  /** ms */
  at: number;
  payload: { ChangeEventHeader: ChangeHeader; [field: string]: unknown };
}

/** The org's event bus for change events. */
export interface ChangeBus {
  publish(payload: RetainedEvent["payload"]): RetainedEvent;
  /** Events after a replay id: −1 for none, −2 for all retained. Null when the id is not retained. */
  after(replay: number): RetainedEvent[] | null;
  onPublish(listener: (event: RetainedEvent) => void): void;
  /** Runs a client's write and marks its changes with the client's origin. */
  as<R>(origin: string, write: () => R): R;
  /** The origin of a change that is made now. */
  origin(): string;
  /** Drops every listener's session, as a server restart does. */
  forgetListeners(): void;
  /** Number of pending long polls. */
  listeners(): number;
  onSessions(sessions: { forget(): void; pendingCount(): number }): void;
}

/** "Change events are retained for three days." */
const RETENTION_MS = 72 * HOUR;
/** The client name of changes made in Salesforce's own pages. */
const BY_HAND = "com/salesforce/api/soap/67.0;client=SfdcInternalAPI/";

const buses = new WeakMap<TenantWorld, ChangeBus>();

/** The bus of a running simulator's world. */
export function busOf(world: TenantWorld): ChangeBus {
  const bus = buses.get(world);
  if (!bus) throw new Error(`no Salesforce is simulated for ${world.tenant}`);
  return bus;
}

export function createBus(ctx: Context): ChangeBus {
  let retainedEvents: RetainedEvent[] = [];
  // Replay ids continue after a restart and have gaps.
  let last = Math.floor(ctx.clock.now() / 1000);
  let origin = BY_HAND;
  const listeners: ((event: RetainedEvent) => void)[] = [];
  let sessions = { forget: (): void => {}, pendingCount: () => 0 };
  const trim = (): void => {
    retainedEvents = retainedEvents.filter(({ at }) => at > ctx.clock.now() - RETENTION_MS);
  };
  const bus: ChangeBus = {
    publish(payload) {
      last += 1 + (last % 3);
      const event = { replayId: last, at: ctx.clock.now(), payload };
      retainedEvents.push(event);
      trim();
      for (const listener of listeners) listener(event);
      return event;
    },
    after(replay) {
      trim();
      if (replay === -1) return [];
      if (replay === -2) return retainedEvents;
      const index = retainedEvents.findIndex(({ replayId }) => replayId === replay);
      return index < 0 ? null : retainedEvents.slice(index + 1);
    },
    onPublish: (listener) => void listeners.push(listener),
    as(client, write) {
      const previousOrigin = origin;
      origin = client;
      try {
        return write();
      } finally {
        origin = previousOrigin;
      }
    },
    origin: () => origin,
    forgetListeners: () => sessions.forget(),
    listeners: () => sessions.pendingCount(),
    onSessions(value) {
      sessions = value;
    },
  };
  ctx.world.onReset(() => {
    retainedEvents = [];
  });
  buses.set(ctx.world, bus);
  return bus;
}
