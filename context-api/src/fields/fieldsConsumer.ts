import type { Edge } from "@sidelight/model/records.ts";
import type { Consumer } from "../log/consumer.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { openReader } from "../log/reader.ts";
import { isBackfilling } from "../signals/healthChanges.ts";
import { applyResolution, isResolution } from "./applyResolution.ts";
import type { FieldTools } from "./fieldTools.ts";
import { reconcile } from "./reconcile.ts";
import { type FieldsDeps, openSweep } from "./sweep.ts";

/** Objects whose events change who a customer is: decisions about identity. */
const decisionObject = "decision";
/** Decisions that replace one another, as an undo of an undo does, in a row. */
const maxDecisions = 20;

/**
 * The consumer that keeps fields equal. Each customer of a batch is decided once, as it is now: a record that was reported twice, late
 * or out of order leads to the same decision. Null when no field is enabled.
 */
export function createFieldsConsumer(deps: FieldsDeps): Consumer | null {
  const { tools, deliveries, onDecisions } = deps;
  const definitions = tools.definitions.filter(({ enabled }) => enabled);
  if (definitions.length === 0) return null;
  const objects = [
    ...new Set(
      definitions.flatMap(({ kind, platforms }) =>
        Object.keys(platforms).flatMap((name) => tools.platforms.get(name)?.fields?.[kind]?.object ?? []),
      ),
    ),
  ];
  const { log, clock } = tools;
  const sweep = openSweep(deps);
  return {
    name: "fields",
    batch: 500,
    objects: [...objects, decisionObject],
    async handle(events) {
      // Imported history is compared when all of it is there.
      if (await isBackfilling(log)) return { events: [], statements: [sweep.request()] };
      const result = await reconcile(tools, await changedCustomers(tools, events));
      for (const event of events.filter(isResolution)) await applyResolution(tools, event, result);
      const statements = [...result.statements, ...(await deliveries.insert(result.deliveries, clock.now()))];
      return { events: result.events, statements, onCommitted: () => onDecisions(result) };
    },
    idle: sweep.step,
  };
}

/** The customers whose records changed, and those that a decision about identity joined or parted. */
async function changedCustomers({ log }: FieldTools, events: readonly LoggedEvent[]): Promise<Set<string>> {
  const reader = openReader(log);
  const keys = new Set<string>();
  let decided: readonly Edge[] = [];
  for (const { payload, key } of events) {
    if (!payload?.record) continue;
    keys.add(key);
    if (payload.record.data.kind === "decision") decided = [...decided, ...payload.record.edges];
  }
  // A decision names records, or decisions that it replaces.
  for (let depth = 0; depth < maxDecisions && decided.length > 0; depth++) {
    const targets = decided.map(({ to }) => log.key(to)).filter((key) => !keys.has(key));
    for (const key of targets) keys.add(key);
    const records = await reader.records(targets);
    decided = records.filter(({ data }) => data.kind === "decision").flatMap(({ edges }) => edges);
  }
  return new Set((await reader.nodesOf(keys)).values());
}
