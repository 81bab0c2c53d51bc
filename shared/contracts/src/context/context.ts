import { z } from "zod";
import { Instant, JsonPointer, Ref } from "./primitives.ts";
import { Sections } from "./sections.ts";

export const CustomerKind = z.enum(["person", "company"]);
export type CustomerKind = z.infer<typeof CustomerKind>;

/** One possible customer behind an ambiguous ref, with what tells it from the others; masked by role. */
export const Candidate = z.object({
  id: Ref.describe("Ask again with this ref"),
  kind: CustomerKind,
  label: z.string(),
  distinguishing: z.array(z.object({ label: z.string(), value: z.string() })),
});
export type Candidate = z.infer<typeof Candidate>;

/** A place where we looked, and what came of it. */
export const Searched = z.object({
  platform: z.string(),
  by: z.string().describe("email, phone, id, domain"),
  at: Instant,
  state: z.enum(["found", "not_found", "unavailable", "not_connected"]),
});
export type Searched = z.infer<typeof Searched>;

export const Match = z.object({
  state: z.enum(["resolved", "ambiguous", "none"]),
  partial: z.boolean().describe("True when a platform could not be asked"),
  confidence: z.number().min(0).max(1).nullable(),
  reasons: z.array(z.object({ rule: z.string(), evidence: z.string() })),
  candidates: z.array(Candidate),
  searched: z.array(Searched),
});
export type Match = z.infer<typeof Match>;

export const CompanyLabel = z.object({
  id: Ref,
  name: z.string().nullable(),
  domain: z.string().nullable(),
  parent: z.object({ id: Ref, name: z.string().nullable() }).nullable(),
});
export type CompanyLabel = z.infer<typeof CompanyLabel>;

export const Customer = z.object({
  id: Ref,
  name: z.string().nullable(),
  email: z.string().nullable(),
  company: CompanyLabel.nullable(),
  masked: z.array(JsonPointer),
});
export type Customer = z.infer<typeof Customer>;

export const Permissions = z.object({
  pii: z.boolean().describe("Sees personal values unmasked"),
  reveal: z.boolean().describe("May reveal a masked value, with a reason, audited"),
  act: z.array(z.string()).describe("Actions this key may take"),
});
export type Permissions = z.infer<typeof Permissions>;

/** The answer about one person or company. */
export const Context = z.object({
  ref: Ref,
  kind: CustomerKind,
  match: Match,
  customer: Customer.nullable(),
  sections: Sections,
  permissions: Permissions,
  asOf: Instant.describe("The newest observation in this answer"),
  config: z.string().describe("Version of the configuration that made it"),
});
export type Context = z.infer<typeof Context>;
