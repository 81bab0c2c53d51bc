import type { TenantWorld } from "../../../world/tenant.ts";
import { HOUR } from "../../../world/time.ts";
import type { Context } from "../../context.ts";

/** "ChangeEventHeader": what every change event says of itself. */
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

export interface KeptEvent {
  replayId: number;
  /** ms */
  at: number;
  payload: { ChangeEventHeader: ChangeHeader; [field: string]: unknown };
}

/** The org's event bus, as far as change events go. */
export interface ChangeBus {
  publish(payload: KeptEvent["payload"]): KeptEvent;
  /** Events after a position: −1 for none, −2 for all that are kept. Null when the position isn't among them. */
  after(replay: number): KeptEvent[] | null;
  onPublish(listener: (event: KeptEvent) => void): void;
  /** Runs a client's write, whose changes say so. */
  as<R>(origin: string, write: () => R): R;
  /** Where a change that is made now comes from. */
  origin(): string;
  /** Lets every listener's session be forgotten, as a server that is restarted does. */
  forgetListeners(): void;
  /** How many wait for the next event. */
  listeners(): number;
  onSessions(sessions: { forget(): void; waiting(): number }): void;
}

/** "Change events are retained for three days." */
const KEPT = 72 * HOUR;
/** What Salesforce's own pages give as their client. */
const BY_HAND = "com/salesforce/api/soap/67.0;client=SfdcInternalAPI/";

const buses = new WeakMap<TenantWorld, ChangeBus>();

/** The bus of a world whose simulator runs. */
export function busOf(world: TenantWorld): ChangeBus {
  const bus = buses.get(world);
  if (!bus) throw new Error(`no Salesforce is simulated for ${world.tenant}`);
  return bus;
}

export function createBus(ctx: Context): ChangeBus {
  let kept: KeptEvent[] = [];
  // Positions go on after a restart, and are not one after another.
  let last = Math.floor(ctx.clock.now() / 1000);
  let origin = BY_HAND;
  const listeners: ((event: KeptEvent) => void)[] = [];
  let sessions = { forget: (): void => {}, waiting: () => 0 };
  const trim = (): void => {
    kept = kept.filter(({ at }) => at > ctx.clock.now() - KEPT);
  };
  const bus: ChangeBus = {
    publish(payload) {
      last += 1 + (last % 3);
      const event = { replayId: last, at: ctx.clock.now(), payload };
      kept.push(event);
      trim();
      for (const listener of listeners) listener(event);
      return event;
    },
    after(replay) {
      trim();
      if (replay === -1) return [];
      if (replay === -2) return kept;
      const index = kept.findIndex(({ replayId }) => replayId === replay);
      return index < 0 ? null : kept.slice(index + 1);
    },
    onPublish: (listener) => void listeners.push(listener),
    as(given, write) {
      const before = origin;
      origin = given;
      try {
        return write();
      } finally {
        origin = before;
      }
    },
    origin: () => origin,
    forgetListeners: () => sessions.forget(),
    listeners: () => sessions.waiting(),
    onSessions(given) {
      sessions = given;
    },
  };
  ctx.world.onReset(() => {
    kept = [];
  });
  buses.set(ctx.world, bus);
  return bus;
}
