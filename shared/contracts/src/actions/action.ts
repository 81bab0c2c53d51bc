import { z } from "zod";
import { Day, Instant, JsonPointer, Ref } from "../context/primitives.ts";

const ref = Ref.describe("What the panel shows: the ref of a ticket, a person or a company. It must match one customer");
const reason = (minimum: number) => z.string().trim().min(minimum).max(500);

/** Longest note, in characters. */
const maxNoteLength = 4_000;

export const NoteRequest = z.strictObject({
  ref,
  body: z.string().trim().min(1).max(maxNoteLength).describe("Plain text"),
});
export type NoteRequest = z.infer<typeof NoteRequest>;

export const DeleteNoteRequest = z.strictObject({ ref, note: z.string().max(60).describe("Id of the note") });
export type DeleteNoteRequest = z.infer<typeof DeleteNoteRequest>;

export const PinRequest = z.strictObject({
  ref,
  note: z.string().max(60).optional().describe("Pins this note for everybody. Without it, the customer is pinned for the caller"),
  pinned: z.boolean().describe("False takes the pin away"),
});
export type PinRequest = z.infer<typeof PinRequest>;

export const FollowUpRequest = z.strictObject({
  ref,
  platform: z
    .string()
    .max(40)
    .optional()
    .describe(
      "Where it is created: zendesk, an internal note of the ticket; salesforce, a task. The platform of the ref when absent",
    ),
  subject: z.string().trim().min(1).max(200).describe("What to do, in one line"),
  text: z.string().trim().max(2_000).optional().describe("More of it, plain text"),
  owner: Ref.optional().describe(
    "Ref of the user who does it: salesforce.user:005…. The caller if they are a user of this platform, otherwise the owner of the account",
  ),
  dueDate: Day.describe("The day by which it is done"),
});
export type FollowUpRequest = z.infer<typeof FollowUpRequest>;

export const RevealRequest = z.strictObject({
  ref,
  pointers: z
    .array(JsonPointer.max(300))
    .min(1)
    .max(20)
    .describe(
      "Masked values of the context, as JSON pointers from its root: /customer/email, /sections/support/data/tickets/0/requester",
    ),
  reason: reason(5).describe("Why. It is stored with the audit entry"),
});
export type RevealRequest = z.infer<typeof RevealRequest>;

export const RefreshRequest = z.strictObject({ ref });
export type RefreshRequest = z.infer<typeof RefreshRequest>;

export const InsertRequest = z.strictObject({
  ref,
  into: Ref.nullable().describe(
    "The record whose editor the text was put into: zendesk.ticket:5158; null for one that is not created yet",
  ),
  as: z.enum(["internal_note", "public_reply", "description"]).describe("The kind of text that the editor writes"),
  what: z.enum(["summary", "fact", "note"]).describe("What was inserted"),
  characters: z.number().int().min(0).max(100_000).describe("Its length. The text itself is not sent"),
});
export type InsertRequest = z.infer<typeof InsertRequest>;

const commonMembers = {
  id: z.string().describe("Id of the action, and of its entry in the audit list"),
  at: Instant.describe("When it was taken"),
};

/** The answer to an action. A repeated request with the same key gets the same one. */
export const ActionResult = z.object({
  action: z.enum(["note", "delete-note", "pin", "refresh", "insert"]),
  ...commonMembers,
  note: z.string().nullable().describe("Id of the note that it wrote, deleted or pinned; null for others"),
});
export type ActionResult = z.infer<typeof ActionResult>;

export const RevealedValues = z.object({
  action: z.literal("reveal"),
  ...commonMembers,
  hideAt: Instant.describe("Hide the values at this instant"),
  values: z.record(JsonPointer, z.unknown()).describe("The values by pointer, not masked"),
});
export type RevealedValues = z.infer<typeof RevealedValues>;

export const FollowUpState = z.object({
  action: z.literal("follow-up"),
  ...commonMembers,
  delivery: z.string().describe("Id of the delivery. It is durable: it is sent even if a process ends now"),
  platform: z.string().describe("Name of the platform"),
  state: z
    .enum(["waiting", "done", "dead_letter", "blocked", "withheld"])
    .nullable()
    .describe("dead_letter: the platform refused it; withheld: the customer opted out; null when it ended long ago"),
  message: z.string().nullable().describe("Why it waits or failed, in words"),
  record: z.string().nullable().describe("Ref of the record that was written"),
});
export type FollowUpState = z.infer<typeof FollowUpState>;

/** What was done, as its caller can read it later. */
export const ActionState = z.union([FollowUpState, ActionResult]);
export type ActionState = z.infer<typeof ActionState>;

const CustomerPin = z.object({
  customer: Ref.describe("person:… or company:…"),
  at: Instant.describe("When it was pinned"),
});
export const CustomerPinList = z.object({ items: z.array(CustomerPin).max(200), nextCursor: z.null() });
export type CustomerPinList = z.infer<typeof CustomerPinList>;

/** Who did what. */
export const AuditEntry = z.object({
  id: z.string().describe("Id of the entry"),
  at: Instant.describe("When it was done"),
  verb: z.string().describe("Noun and verb: actions.reveal, deliveries.retry"),
  actor: z.object({
    keyId: z.string().describe("Id of the API key, `cli` for a command, or the ref of a person who signed in without a key"),
    role: z.string().describe("The role at that time"),
    person: z.string().nullable().describe("The person's own record at their platform; null for an API key"),
  }),
  customer: z.string().nullable().describe("person:… or company:… at that time; null for what concerns no customer"),
  ids: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).describe("Ids and counts of what was done"),
  reason: z.string().nullable().describe("What the person wrote; null without a reason, and after an erasure of the customer"),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditList = z.object({ items: z.array(AuditEntry), nextCursor: z.string().nullable() });
export type AuditList = z.infer<typeof AuditList>;
