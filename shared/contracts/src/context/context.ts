import { z } from "zod";
import { Layout } from "../sessions/layout.ts";
import { Instant, JsonPointer, Ref } from "./primitives.ts";
import { Provenance, Sections } from "./sections.ts";

export const CustomerKind = z.enum(["person", "company"]);
export type CustomerKind = z.infer<typeof CustomerKind>;

/** One possible customer of an ambiguous ref. Personal values are masked by role. */
export const Candidate = z.object({
  id: Ref.describe("Request the context with this ref"),
  kind: CustomerKind,
  label: z.string().describe("Name of the customer"),
  distinguishing: z
    .array(z.object({ label: z.string().describe("Name of the value"), value: z.string() }))
    .describe("Values that differ between the candidates"),
  fits: z
    .boolean()
    .optional()
    .describe(
      "True for a candidate of the company that the requested record names, when several of them fit. A hint, not a match",
    ),
});
export type Candidate = z.infer<typeof Candidate>;

/** One lookup on a platform and its result. */
export const Searched = z.object({
  platform: z.string().describe("Name of the platform: zendesk"),
  by: z.string().describe("email, phone, id or domain"),
  at: Instant.describe("When the platform was searched"),
  state: z.enum(["found", "not_found", "unavailable", "not_connected"]).describe("The result"),
});
export type Searched = z.infer<typeof Searched>;

export const Match = z.object({
  state: z
    .enum(["resolved", "ambiguous", "none"])
    .describe("resolved: one customer; ambiguous: several candidates; none: no platform knows the ref"),
  partial: z.boolean().describe("True when a platform could not be searched, so that the result may change"),
  confidence: z.number().min(0).max(1).nullable().describe("Of a resolved match, from 0 to 1"),
  reasons: z
    .array(
      z.object({ rule: z.string().describe("Name of the rule: email"), evidence: z.string().describe("Why the rule applied") }),
    )
    .describe("Why this customer was matched"),
  candidates: z.array(Candidate).describe("Filled when the match is ambiguous"),
  searched: z.array(Searched).describe("Lookups on the platforms, when the store did not know the ref"),
});
export type Match = z.infer<typeof Match>;

export const CompanyLabel = z.object({
  id: Ref.describe("company:…"),
  name: z.string().nullable().describe("Name of the company"),
  domain: z.string().nullable().describe("Internet domain of the company"),
  parent: z.object({ id: Ref, name: z.string().nullable() }).nullable().describe("The parent company; null when there is none"),
});
export type CompanyLabel = z.infer<typeof CompanyLabel>;

/** The origin of a value. When it was last seen does not matter: it is not part of who the customer is. */
export const ValueOrigin = Provenance.omit({ observedAt: true });
export type ValueOrigin = z.infer<typeof ValueOrigin>;

export const Customer = z.object({
  id: Ref.describe("person:… or company:…, stable"),
  name: z.string().nullable().describe("Name of the person or company"),
  email: z.string().nullable().describe("First e-mail address of a person"),
  company: CompanyLabel.nullable().describe("The person's company, or the company itself"),
  provenance: z
    .record(JsonPointer, ValueOrigin)
    .describe("The origin of each value, by JSON pointer into customer. Its rule says why this record's value is shown"),
  masked: z.array(JsonPointer).describe("Values that are masked for your role, as JSON pointers into customer"),
});
export type Customer = z.infer<typeof Customer>;

export const Permissions = z.object({
  pii: z.boolean().describe("True when your role sees personal values unmasked"),
  reveal: z.boolean().describe("True when your role may reveal a masked value, with a reason that is audited"),
  act: z.array(z.string()).describe("Actions that you may take: note, pin, follow-up, refresh, insert, identify, reveal"),
  contact: z.string().optional().describe("Who can grant access, when the configuration names somebody"),
});
export type Permissions = z.infer<typeof Permissions>;

/** Everything that is known about one person or company. */
export const Context = z.object({
  ref: Ref.describe("The requested ref in canonical form"),
  kind: CustomerKind,
  match: Match,
  customer: Customer.nullable().describe("Null unless the match is resolved"),
  sections: Sections,
  permissions: Permissions,
  asOf: Instant.describe("The newest observation in this answer"),
  config: z.string().describe("Version of the configuration that produced the answer"),
  layout: Layout.optional().describe("What a panel at this place shows to you; only in answers to requests with `place`"),
});
export type Context = z.infer<typeof Context>;
