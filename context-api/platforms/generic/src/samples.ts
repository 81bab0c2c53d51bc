import type { RecordData } from "@sidelight/model/records.ts";

/** Complete records for the check of routes. */
export const samples: Record<string, RecordData> = {
  event: {
    kind: "activity",
    type: "billing.invoice_overdue",
    subject: "Invoice 2031 is overdue",
    at: "2026-11-20T09:00:00.000Z",
  },
  person: {
    kind: "person",
    name: "Sam Sample",
    emails: ["sam@example.com"],
    phones: ["+14155550100"],
    title: "Engineer",
    optedOut: false,
  },
};
