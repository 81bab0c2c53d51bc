import type { RecordInput } from "@sidelight/model/records.ts";
import type { CallOptions, Page, PullContext, Stream } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { SalesforceClient } from "./client.ts";
import { columns } from "./fields.ts";
import type { SalesforceObject } from "./objects.ts";
import type { SalesforceOptions } from "./options.ts";
import { toRecord } from "./records.ts";
import { dateTime } from "./soql.ts";

/** A transaction may commit later than its SystemModstamp, so each pull starts this much earlier. */
const overlapMs = 120_000;
const Checkpoint = z.object({ since: z.number() }).nullable();

export interface StreamTools {
  client: SalesforceClient;
  options: SalesforceOptions;
  connection: string;
  now(): number;
}

/** Objects that are limited to the horizon. Customers are pulled however old they are. */
const withinHorizon: ReadonlySet<SalesforceObject> = new Set(["Opportunity", "Task", "Event", "Case"]);
const objects: readonly SalesforceObject[] = ["Account", "Contact", "Lead", "Opportunity", "Task", "Event", "Case"];

export function salesforceStreams(tools: StreamTools): Stream[] {
  return objects.map((object) => ({
    name: object.toLowerCase(),
    objects: [object.toLowerCase()],
    intervalMs: tools.options.pullEverySeconds * 1000,
    pull: (context) => pullObject(object, tools, context),
  }));
}

/** Everything changed or deleted since the last pull, oldest first, so that an interrupted pull can resume. */
async function* pullObject(object: SalesforceObject, tools: StreamTools, context: PullContext): AsyncIterable<Page> {
  const startedAt = tools.now();
  const from = Checkpoint.parse(context.checkpoint ?? null)?.since ?? (withinHorizon.has(object) ? context.horizon : null);
  const since = from === null ? "" : ` WHERE SystemModstamp >= ${dateTime(from)}`;
  const fields = (await columns(object, tools.client, tools.options, context)).join(", ");
  const soql = `SELECT ${fields} FROM ${object}${since} ORDER BY SystemModstamp ASC, Id ASC`;
  for await (const { rows, isLast } of tools.client.pages(soql, context, true)) {
    const origin = { connection: tools.connection, observedAt: startedAt };
    const records = rows.map((row) => toRecord[object](row, tools.options.mapping, origin));
    const last = records.at(-1)?.changedAt ?? from ?? startedAt;
    if (isLast) yield { records, checkpoint: { since: startedAt - overlapMs }, coveredUntil: startedAt };
    else yield { records, checkpoint: { since: last } };
  }
}

/** Rows of one object as records, with deleted ones if `withDeleted`. All literals in `where` must come from soql.ts. */
export async function select(
  object: SalesforceObject,
  condition: string,
  tools: StreamTools,
  call: CallOptions,
  withDeleted = false,
): Promise<RecordInput[]> {
  const origin = { connection: tools.connection, observedAt: tools.now() };
  const fields = (await columns(object, tools.client, tools.options, call)).join(", ");
  const records: RecordInput[] = [];
  for await (const { rows } of tools.client.pages(`SELECT ${fields} FROM ${object} WHERE ${condition}`, call, withDeleted))
    records.push(...rows.map((row) => toRecord[object](row, tools.options.mapping, origin)));
  return records;
}
