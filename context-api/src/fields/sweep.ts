import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Deliveries } from "../deliveries/deliveryQueue.ts";
import { isBackfilling } from "../signals/healthChanges.ts";
import type { Statement } from "../store/statement.ts";
import { findConsumerOffset, saveConsumerOffset } from "../store/tables/consumerOffsets.ts";
import { listNodes } from "../store/tables/projections.ts";
import type { FieldTools } from "./fieldTools.ts";
import { type Reconciliation, reconcile } from "./reconcile.ts";

export interface FieldsDeps {
  tools: FieldTools;
  deliveries: Pick<Deliveries, "insert">;
  /** Called after decisions were committed, with their events and deliveries. */
  onDecisions(decisions: Pick<Reconciliation, "events" | "deliveries">): void;
}

/** Compares the fields of all customers once: after they were enabled, and after a backfill. */
export interface Sweep {
  /** Compares the next customers. False when there are none. */
  step(): Promise<boolean>;
  /** Makes the sweep start again, because events were passed over. */
  request(): Statement;
}

/** Customers of one step. */
const pageSize = 100;

/** In place of an offset, the number of the configuration whose sweep ended last is stored. */
const offsetName = "fields sweep";
const noConfiguration = 0;

/** A number below 2^48 that differs between configurations of enabled fields. */
const numberOf = (definitions: FieldTools["definitions"]): number =>
  createHash("sha256")
    .update(canonicalize(definitions) ?? "")
    .digest()
    .readUIntBE(0, 6);

/** An interrupted sweep starts again, which decides nothing twice. Another configuration of fields needs another sweep. */
export function openSweep({ tools, deliveries, onDecisions }: FieldsDeps): Sweep {
  const { log, clock, definitions } = tools;
  const configuration = numberOf(definitions.filter(({ enabled }) => enabled));
  const save = (number: number): Statement => saveConsumerOffset(log.store, offsetName, number, clock.now());
  let isFinished = false;
  let lastNode = "";

  async function end(): Promise<false> {
    [isFinished, lastNode] = [true, ""];
    await log.commit({ statements: [save(configuration)], correlationId: "fields" });
    return false;
  }

  return {
    async step() {
      if (isFinished) return false;
      if (lastNode === "" && (await findConsumerOffset(log.store, offsetName)) === configuration) isFinished = true;
      if (isFinished || (await isBackfilling(log))) return false;
      const nodes = await listNodes(log.store, lastNode, pageSize);
      const last = nodes.at(-1);
      if (last === undefined) return await end();
      const decisions = await reconcile(tools, nodes);
      const { events, statements } = decisions;
      if (events.length + statements.length > 0) {
        const inserts = await deliveries.insert(decisions.deliveries, clock.now());
        await log.commit({ events, statements: [...statements, ...inserts], correlationId: "fields" });
        onDecisions(decisions);
      }
      lastNode = last;
      return true;
    },
    request() {
      [isFinished, lastNode] = [false, ""];
      return save(noConfiguration);
    },
  };
}
