import type { Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import type { SalesforceObject } from "../fields.ts";
import { idPrefixes } from "../objects.ts";
import { canonicalId } from "../soql.ts";
import { changeEvent } from "../webhook/changeEvent.ts";

const ChangeEvent = z.looseObject({
  event: z.looseObject({ replayId: z.number().int() }),
  payload: z.looseObject({
    ChangeEventHeader: z.looseObject({
      entityName: z.string(),
      /** Several where one transaction changed several alike; `001*` where Salesforce doesn't say which. */
      recordIds: z.array(z.string()),
      changeType: z.string(),
      changeOrigin: z.string().nullish(),
      transactionKey: z.string().min(1),
      sequenceNumber: z.number().int(),
      /** Epoch ms. */
      commitTimestamp: z.number(),
      /** Names over CometD; a bitmap over the Pub/Sub API. */
      changedFields: z.array(z.string()).nullish(),
    }),
  }),
});
type Header = z.infer<typeof ChangeEvent>["payload"]["ChangeEventHeader"];

const Position = z.looseObject({ event: z.looseObject({ replayId: z.number().int() }) });

const words: Record<string, string> = { CREATE: "created", UPDATE: "updated", DELETE: "deleted", UNDELETE: "undeleted" };

/** Ours comes back with the name that our client gives with each call. */
const ownOrigin = /(^|[;/])client=sidelight([;/]|$)/;

export interface Changes {
  messages: Message[];
  /** Of the last event whose position could be read; null when there was none. */
  replay: number | null;
  /** Of which it is known that something changed, and not what. */
  missed: SalesforceObject[];
}

/** Change events as they came over CometD. One that can't be read counts as a change of any of `objects`. */
export function readChanges(events: unknown[], objects: readonly SalesforceObject[], connection: string): Changes {
  const changes: Changes = { messages: [], replay: null, missed: [] };
  for (const given of events) {
    const read = ChangeEvent.safeParse(given);
    const position = read.success ? read : Position.safeParse(given);
    if (position.success) changes.replay = position.data.event.replayId;
    if (!read.success) {
      changes.missed.push(...objects);
      continue;
    }
    const header = read.data.payload.ChangeEventHeader;
    const object = objects.find((name) => name === header.entityName);
    if (!object) continue;
    const { messages, isGap } = readHeader(header, object, connection);
    changes.messages.push(...messages);
    if (isGap) changes.missed.push(object);
  }
  return { ...changes, missed: [...new Set(changes.missed)] };
}

function readHeader(header: Header, object: SalesforceObject, connection: string): { messages: Message[]; isGap: boolean } {
  const what = Object.hasOwn(words, header.changeType) ? words[header.changeType] : undefined;
  // GAP_UPDATE, GAP_OVERFLOW, …: "the event couldn't be generated", and its fields are not to be relied on.
  if (what === undefined) return { messages: [], isGap: true };
  const ids = header.recordIds.flatMap((id) => canonicalId(id, [idPrefixes[object]]) ?? []);
  const messages = ids.map((id) =>
    changeEvent(
      {
        object,
        id,
        what,
        timestamp: header.commitTimestamp,
        sourceId: `change:${header.transactionKey}:${header.sequenceNumber}:${id}`,
        data: { fields: header.changedFields ?? [] },
        isEcho: ownOrigin.test(header.changeOrigin ?? ""),
      },
      connection,
    ),
  );
  return { messages, isGap: ids.length === 0 || ids.length < header.recordIds.length };
}
