import type { Message } from "@sidelight/platform-kit/webhook.ts";
import { isStoredObject, refOf } from "../objects.ts";

/** A change of a record, from any webhook source or from Change Data Capture. */
export interface RecordChange {
  /** The object's name in Salesforce's API: `Account`. */
  object: string;
  /** 15 or 18 characters. */
  id: string;
  what: string;
  /** Epoch ms. */
  timestamp: number;
  /** Deduplication key; it must be covered by what authenticates the message. */
  sourceId: string;
  /** Salesforce's own id of the message. */
  sourceEventId: string;
  /** Field names, no values. */
  data: Record<string, unknown>;
  isEcho: boolean;
}

/** An event such as `salesforce.account.updated`. It does not contain the record, so the record is fetched. */
export function changeEvent(change: RecordChange, connection: string): Message {
  if (!isStoredObject(change.object))
    return { kind: "unusable", reason: "unknown_type", detail: "events of this object are not used" };
  const ref = refOf(change.object, change.id);
  if (!ref) return { kind: "unusable", reason: "unreadable", detail: `not an id of ${change.object}` };
  const object = change.object.toLowerCase();
  return {
    kind: "event",
    event: {
      type: `salesforce.${object}.${change.what}`,
      timestamp: change.timestamp,
      platform: "salesforce",
      connection,
      object,
      ref,
      subject: ref,
      sourceIds: [change.sourceId],
      sourceEventId: change.sourceEventId,
      record: null,
      interaction: null,
      data: change.data,
      isEcho: change.isEcho,
    },
    refsToFetch: [ref],
  };
}
