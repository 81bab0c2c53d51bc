import type { Message } from "@sidelight/platform-kit/webhook.ts";
import { isKept, refOf } from "../objects.ts";

/** That a record has changed, as any of Salesforce's ways to say so tells it. */
export interface ToldChange {
  /** The object's name in Salesforce's API: `Account`. */
  object: string;
  /** 15 or 18 characters. */
  id: string;
  what: string;
  /** Epoch ms. */
  timestamp: number;
  /** Covered by what authenticates the message. */
  sourceId: string;
  /** Names and no values. */
  data: Record<string, unknown>;
  isEcho: boolean;
}

/** `salesforce.account.updated` and its like. None of them shows the object as we keep it, so that it is fetched. */
export function changeEvent(change: ToldChange, connection: string): Message {
  if (!isKept(change.object)) return { kind: "unusable", reason: "unknown_type", detail: "an object that is not used" };
  const ref = refOf(change.object, change.id);
  if (!ref) return { kind: "unusable", reason: "unreadable", detail: `no id of ${change.object}` };
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
      record: null,
      interaction: null,
      data: change.data,
      isEcho: change.isEcho,
    },
    fetch: [ref],
  };
}
