import type { AuditEntry } from "@sidelight/contracts/actions/action.ts";
import { labelWords } from "../ui/words.ts";

const verbs: Readonly<Record<string, string>> = {
  "actions.reveal": "Revealed values",
  "actions.note": "Wrote a note",
  "actions.delete-note": "Deleted a note",
  "actions.follow-up": "Created a follow-up",
  "actions.pin": "Pinned",
  "actions.refresh": "Refreshed a customer",
  "actions.insert": "Inserted a text",
  "alerts.acknowledge": "Acknowledged an alert",
  "alerts.mute": "Muted an alert",
  "config.change": "Changed the configuration",
  "config.rollback": "Rolled the configuration back",
  "conflicts.resolve": "Decided a conflict",
  "connections.retry": "Retried a connection",
  "console.signIn": "Signed in to the console",
  "console.signOut": "Signed out of the console",
  "deliveries.retry": "Retried a delivery",
  "deliveries.create": "Created a possible duplicate",
  "deliveries.retryAll": "Retried dead letters",
  "identity.dismiss": "Kept customers apart",
  "identity.link": "Linked a record",
  "identity.merge": "Merged customers",
  "identity.split": "Split a customer",
  "identity.undo": "Undid decisions",
  "identity.unlink": "Unlinked a record",
  "keys.create": "Created keys",
  "keys.revoke": "Revoked a key",
  "quarantine.discard": "Discarded a message",
  "quarantine.release": "Released a message",
};

/** "keys.create" → "Keys: create" when there is no better text. */
export function verbWords(verb: string): string {
  const [noun = "", name = ""] = verb.split(".");
  return verbs[verb] ?? `${labelWords(noun)}: ${labelWords(name).toLowerCase()}`;
}

export const actorWords = ({ keyId, person }: AuditEntry["actor"]): string =>
  person ?? (keyId === "cli" ? "Command line" : `Key ${keyId}`);

/** "Target: zendesk", one line an id or a count. Those without content are left out. */
export const idWords = (ids: AuditEntry["ids"]): string[] =>
  Object.entries(ids).flatMap(([name, id]) => (id === null ? [] : [`${labelWords(name)}: ${id}`]));
