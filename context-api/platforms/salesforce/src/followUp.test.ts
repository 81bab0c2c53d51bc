import { describe, expect, it } from "vitest";
import { followUpTask } from "./followUp.ts";

const contact = "salesforce.contact:0035g00000AbCdEAAV";
const lead = "salesforce.lead:00Q5g00000AbCdEAAV";
const account = "salesforce.account:0015g00000AbCdEAAV";
const opportunity = "salesforce.opportunity:0065g00000AbCdEAAV";
const followUp = {
  ...{ about: account, person: contact, company: account, accountOwner: "salesforce.user:0055g00000AbCdEAAV" },
  ...{ subject: "Prepare the renewal", text: null, owner: null, dueDate: "2026-12-10" },
};
const relations = (change: object) => {
  const { whoId, whatId } = (followUpTask({ ...followUp, ...change })?.input ?? {}) as Record<string, unknown>;
  return [whoId, whatId];
};

describe("a follow-up in Salesforce", () => {
  it("is a task for the chosen user, otherwise for the owner of the account", () => {
    const owner = { ref: "salesforce.user:0055g00000ZzZzZAAV", name: null };
    expect(followUpTask({ ...followUp, owner })).toMatchObject({
      action: "create-task",
      input: { ownerId: owner.ref, fallbackOwnerId: followUp.accountOwner, dueDate: "2026-12-10" },
    });
    expect(followUpTask(followUp)?.input).toMatchObject({ ownerId: null, fallbackOwnerId: followUp.accountOwner });
  });

  it("is about the contact and the account, or the opportunity or case that the panel shows", () => {
    expect(relations({})).toEqual([contact, account]);
    expect(relations({ about: opportunity })).toEqual([contact, opportunity]);
    expect(relations({ person: null })).toEqual([null, account]);
  });

  it("is about a lead alone", () => {
    expect(relations({ about: lead, person: lead, company: account })).toEqual([lead, null]);
  });

  it("does not exist for a customer without a record here", () => {
    expect(followUpTask({ ...followUp, about: "zendesk.ticket:1", person: null, company: null })).toBeNull();
  });
});
