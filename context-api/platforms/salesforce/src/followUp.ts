import type { FollowUp, FollowUpAction } from "@sidelight/platform-kit/followUp.ts";

/** Records that a task can be related to, before the account. */
const relatable = /^salesforce\.(?:opportunity|case):/;

/** A task. Null for a customer without a record here: the task would be about no record. */
export function followUpTask({ about, person, company, ...followUp }: FollowUp): FollowUpAction | null {
  const whoId = person;
  // Salesforce refuses a task of a lead that is related to another record.
  const isLead = whoId?.startsWith("salesforce.lead:") ?? false;
  const whatId = isLead ? null : relatable.test(about) ? about : company;
  if (whoId === null && whatId === null) return null;
  const { subject, text, owner, accountOwner, dueDate } = followUp;
  const input = {
    whatId,
    whoId,
    subject,
    description: text,
    dueDate,
    ownerId: owner?.ref ?? null,
    fallbackOwnerId: accountOwner,
  };
  return { action: "create-task", input };
}
