import { describe, expect, it } from "vitest";
import { followUpNote } from "./followUp.ts";

const followUp = {
  ...{ about: "zendesk.ticket:5158", person: "zendesk.user:7", company: null, accountOwner: null },
  ...{ subject: "Call about the export", text: null, owner: null, dueDate: "2026-12-04" },
};

describe("a follow-up in Zendesk", () => {
  it("is an internal note of the ticket, with its owner and day", () => {
    const owner = { ref: "zendesk.user:9", name: "Ada Byron" };
    expect(followUpNote({ ...followUp, text: "They want CSV.", owner })).toEqual({
      action: "add-internal-note",
      input: {
        ticket: "zendesk.ticket:5158",
        body: "Follow-up: Call about the export\n\nThey want CSV.\n\nOwner: Ada Byron\nDue: 2026-12-04",
      },
    });
    expect(followUpNote(followUp)?.input).toMatchObject({ body: "Follow-up: Call about the export\n\nDue: 2026-12-04" });
  });

  it("does not exist for anything but a ticket", () => {
    expect(followUpNote({ ...followUp, about: "zendesk.user:7" })).toBeNull();
  });
});
