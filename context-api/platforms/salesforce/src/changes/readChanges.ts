import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import type { Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import type { SalesforceObject } from "../objects.ts";
import { idPrefixes } from "../objects.ts";
import { changeEvent } from "../webhook/changeEvent.ts";

const ChangeEvent = z.looseObject({
  event: z.looseObject({ replayId: z.number().int() }),
  payload: z.looseObject({
    ChangeEventHeader: z.looseObject({
      entityName: z.string(),
      /** Several ids when one transaction made the same change to several records; `001*` when Salesforce does not list them. */
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

const changeNames: Record<string, string> = { CREATE: "created", UPDATE: "updated", DELETE: "deleted", UNDELETE: "undeleted" };

/** Changes of our own client carry the client name of our calls. */
const ownOriginPattern = /(^|[;/])client=sidelight([;/]|$)/;

export interface Changes {
  messages: Message[];
  /** Replay id of the last event that has one; null when none has. */
  replay: number | null;
  /** Objects that changed in an unknown way and must be pulled. */
  gaps: SalesforceObject[];
}

/** Parses change events from CometD. An unreadable event counts as a gap in all `objects`. */
export function readChanges(events: unknown[], objects: readonly SalesforceObject[], connection: string): Changes {
  const changes: Changes = { messages: [], replay: null, gaps: [] };
  for (const event of events) {
    const parsed = ChangeEvent.safeParse(event);
    const position = parsed.success ? parsed : Position.safeParse(event);
    if (position.success) changes.replay = position.data.event.replayId;
    if (!parsed.success) {
      changes.gaps.push(...objects);
      continue;
    }
    const header = parsed.data.payload.ChangeEventHeader;
    const object = objects.find((name) => name === header.entityName);
    if (!object) continue;
    const { messages, isGap } = readHeader(header, parsed.data.event.replayId, object, connection);
    changes.messages.push(...messages);
    if (isGap) changes.gaps.push(object);
  }
  return { ...changes, gaps: [...new Set(changes.gaps)] };
}

function readHeader(
  header: Header,
  replayId: number,
  object: SalesforceObject,
  connection: string,
): { messages: Message[]; isGap: boolean } {
  const changeName = Object.hasOwn(changeNames, header.changeType) ? changeNames[header.changeType] : undefined;
  // GAP_UPDATE, GAP_OVERFLOW, …: "the event couldn't be generated". Its fields are not reliable.
  if (changeName === undefined) return { messages: [], isGap: true };
  const ids = header.recordIds.flatMap((id) => salesforceId(id, [idPrefixes[object]]) ?? []);
  const messages = ids.map((id) =>
    changeEvent(
      {
        object,
        id,
        what: changeName,
        timestamp: header.commitTimestamp,
        sourceId: `change:${header.transactionKey}:${header.sequenceNumber}:${id}`,
        sourceEventId: String(replayId),
        data: { fields: header.changedFields ?? [] },
        isEcho: ownOriginPattern.test(header.changeOrigin ?? ""),
      },
      connection,
    ),
  );
  return { messages, isGap: ids.length === 0 || ids.length < header.recordIds.length };
}
