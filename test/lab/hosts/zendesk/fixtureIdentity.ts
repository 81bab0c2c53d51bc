import type { Identity } from "@sidelight/contracts/identity/identity.ts";

const since = "2026-11-20T10:00:00.000Z";
const address = { label: "email", value: "•••@lovelace.example" };
const reason = {
  rule: "email",
  text: "Both records have one e-mail address, and the names agree",
  records: ["zendesk.user:8801", "salesforce.contact:0035g00000AbCdEAAV"],
  values: [address],
};

/** The customer of the fixtures: two records, one suggestion and one decision. */
export const fixtureIdentity = (id: string): Identity => ({
  id,
  kind: "person",
  label: "Ada Lovelace",
  members: [
    {
      ...{ ref: "salesforce.contact:0035g00000AbCdEAAV", platform: "salesforce", object: "contact", label: "Ada Lovelace" },
      facts: [address],
      link: { rule: "first", by: "rule", confidence: 1, decision: null, modelVersion: null },
      reasons: [],
    },
    {
      ...{ ref: "zendesk.user:8801", platform: "zendesk", object: "user", label: "Ada L." },
      facts: [address],
      link: { rule: "email", by: "rule", confidence: 0.99, decision: null, modelVersion: null },
      reasons: [reason],
    },
  ],
  history: [
    {
      id: "evt_01KB6Y6A4ZJ3N2V8Q5T7R9W1XC",
      type: "dismissed",
      at: since,
      actor: { kind: "person", id: "k_4821", role: "agent" },
      reason: null,
      confidence: null,
      modelVersion: null,
      reasons: [],
      values: {},
      records: ["zendesk.user:8801", "zendesk.user:8805"],
      customers: [id],
      undone: false,
      undoes: [],
      supersedes: [],
    },
  ],
  candidates: [
    {
      ...{ id: "s_1", kind: "person", state: "open", confidence: 0.84, modelVersion: "shipped-1", since, decision: null },
      reasons: [{ ...reason, rule: "name", text: "The names agree, and the company is the same" }],
      left: { id, label: "Ada Lovelace", members: [] },
      right: {
        id: "person:7aBq2Zr0K4mWbR7yXn3u5B",
        label: "Ada King",
        members: [
          {
            ...{ ref: "mixpanel.user:u-1815", label: "Ada King" },
            facts: [
              { label: "email", value: "•••@king.example" },
              { label: "company", value: "King & Byron" },
            ],
          },
        ],
      },
      masked: ["/right/members/0/facts/0/value"],
    },
  ],
  strikes: [],
  masked: ["/members/0/facts/0/value", "/members/1/facts/0/value"],
});
