import { maskDeep } from "@sidelight/model/masking.ts";
import type { FieldValue } from "@sidelight/model/records.ts";
import { openReader } from "../log/reader.ts";
import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import { listNodes } from "../store/tables/projections.ts";
import { keepsValue } from "./decide.ts";
import { namedValue } from "./fieldEvents.ts";
import type { FieldTools } from "./fieldTools.ts";
import { type CustomerField, decisionOf, fieldsOfCustomer } from "./reconcile.ts";

/** What would be written for a field now. */
export interface FieldPreview {
  field: string;
  enabled: boolean;
  /** Customers with a value, or the known absence of one, on two platforms. */
  customers: number;
  /** Writes by platform. */
  writes: Record<string, number>;
  /** Writes that are left out, because the person withdrew consent. */
  withheld: number;
  /** Conflicts that a person would have to decide. */
  conflicts: number;
  /** The first writes and conflicts, without personal values. */
  examples: PreviewExample[];
}

export interface PreviewExample {
  /** The record, by platform and object, without its id. */
  record: string;
  present: FieldValue;
  /** Undefined for a conflict. */
  next?: FieldValue;
}

const pageSize = 200;
const maxExamples = 3;

/** Compares the fields of all customers, enabled or not, and writes nothing. */
export async function previewFields(tools: FieldTools): Promise<FieldPreview[]> {
  const previews = tools.definitions.map(({ name, enabled }): FieldPreview => {
    return { field: name, enabled, customers: 0, writes: {}, withheld: 0, conflicts: 0, examples: [] };
  });
  const reader = openReader(tools.log);
  for (let last = ""; ; ) {
    const nodes = await listNodes(tools.log.store, last, pageSize);
    const lastNode = nodes.at(-1);
    if (lastNode === undefined) return previews;
    last = lastNode;
    for (const node of nodes) {
      await yieldToEventLoop();
      for (const field of await fieldsOfCustomer(tools, reader, node, tools.definitions)) {
        const preview = previews.find((candidate) => candidate.field === field.definition.name);
        if (preview) await count(tools, field, preview);
      }
    }
  }
}

async function count(tools: FieldTools, field: CustomerField, preview: FieldPreview): Promise<void> {
  const { owner, others, definition } = field;
  const decision = decisionOf(field, tools.clock.now());
  preview.customers += 1;
  if (decision.outcome === "conflict") {
    preview.conflicts += 1;
    const [contested] = decision.contested;
    if (contested) addExample(preview, field, contested);
  }
  if (!("winner" in decision)) return;
  const { winner } = decision;
  for (const participant of [owner, ...others]) {
    if (keepsValue(participant, winner, owner)) continue;
    const { platform, record } = participant;
    const target = tools.connections.find(({ id }) => id === record.connection);
    const action = target?.connector.actions?.[tools.platforms.get(platform)?.fields?.[definition.kind]?.action ?? ""];
    if (!action) continue;
    if (await tools.consent.withdrawalOf(record.ref, definition.purpose ?? action.purpose ?? null)) {
      preview.withheld += 1;
      continue;
    }
    preview.writes[platform] = (preview.writes[platform] ?? 0) + 1;
    addExample(preview, field, participant, winner.value);
  }
}

function addExample(
  { examples }: FieldPreview,
  { definition }: CustomerField,
  { record, value }: CustomerField["owner"],
  next?: FieldValue,
): void {
  if (examples.length >= maxExamples) return;
  const masked = (shown: FieldValue): FieldValue =>
    Object.values(maskDeep(namedValue(definition.type, shown), { pii: false, text: true }).value)[0] ?? null;
  const example = { record: `${record.platform}.${record.object}`, present: masked(value) };
  examples.push(next === undefined ? example : { ...example, next: masked(next) });
}
