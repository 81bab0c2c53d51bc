import { createHmac } from "node:crypto";
import type { FieldValue } from "@sidelight/model/records.ts";
import canonicalize from "canonicalize";
import type { FieldDefinition } from "../config/fields.ts";
import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import type { FieldTools } from "./fieldTools.ts";
import type { FieldRecord } from "./participants.ts";

/** What a write is caused by. */
export interface WriteCause {
  event: NewDelivery["event"];
  hops: number;
}

/** The route that the deliveries of a field name. */
export const fieldRoute = (name: string): string => `field:${name}`;

/**
 * The delivery that sets a field of a record. Null when it must not be written: the person withdrew consent for the purpose, or the
 * platform is not connected any more.
 */
export async function planWrite(
  tools: FieldTools,
  definition: FieldDefinition,
  { record, platform }: FieldRecord,
  value: FieldValue,
  { event, hops }: WriteCause,
): Promise<NewDelivery | null> {
  const { log, connections, platforms, consent, configVersion } = tools;
  const access = platforms.get(platform)?.fields?.[definition.kind];
  const field = definition.platforms[platform];
  const target = connections.find(({ id }) => id === record.connection);
  const action = access && target?.connector.actions?.[access.action];
  if (!access || !target || !action || field === undefined) return null;
  const purpose = definition.purpose ?? action.purpose ?? null;
  if (await consent.withdrawalOf(record.ref, purpose)) return null;
  const input = action.input.safeParse(access.input(record.id, field, value));
  const base = {
    id: writeId(log.keys.indexKey, [definition.name, record.key, String(record.sequence), event.event_id]),
    route: fieldRoute(definition.name),
    target: target.id,
    action: access.action,
    consentSubject: record.ref,
    config: configVersion,
    joinMs: 0,
    waitsBehindDeadLetter: false,
    ...{ event, hops, purpose },
  };
  if (!input.success) {
    const message = `${target.platform.label} cannot keep this value in the field ${field}: ${input.error.issues[0]?.message}.`;
    return { ...base, name: null, inputHash: null, input: null, state: "dead_letter", cause: "rejected", message };
  }
  const name = action.sameAs(input.data);
  return {
    ...base,
    name: name === null ? null : log.identifier("delivery", `${target.id}\n${access.action}\n${name}`),
    inputHash: name === null ? null : log.identifier("input", canonicalize(input.data) ?? ""),
    input: input.data,
    state: "waiting",
    cause: null,
    message: null,
  };
}

/** 32 hexadecimal digits, which every platform accepts as an id. */
const writeId = (indexKey: Parameters<typeof createHmac>[1], parts: readonly string[]): string =>
  createHmac("sha256", indexKey)
    .update(`field\n${parts.join("\n")}`)
    .digest("hex")
    .slice(0, 32);
