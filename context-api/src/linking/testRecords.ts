import type { RecordInput } from "@sidelight/model/records.ts";

/** Fields of a person. */
interface PersonFields {
  name: string | null;
  emails?: string[];
  phones?: string[];
  account?: string;
}

/** The record of a person, as an adapter makes it. */
export function person(ref: string, { name, emails = [], phones = [], account }: PersonFields): RecordInput {
  const identifiers = [
    ...emails.map((value) => ({ kind: "email" as const, value })),
    ...phones.map((value) => ({ kind: "phone" as const, value })),
  ];
  const edges = account === undefined ? [] : [{ rel: "account" as const, to: account }];
  const data = { kind: "person" as const, name, emails, phones, title: null, optedOut: false };
  return { ...sourceOf(ref), identifiers, edges, data };
}

/** The record of a company, as an adapter makes it. */
export function company(ref: string, name: string, domains: string[] = []): RecordInput {
  const empty = { owner: null, arr: null, plan: null, stage: null, renewalDate: null, nextStep: null, notMapped: [] };
  const identifiers = domains.map((value) => ({ kind: "domain" as const, value }));
  return { ...sourceOf(ref), identifiers, edges: [], data: { kind: "company", name, domains, ...empty } };
}

function sourceOf(ref: string) {
  const [type = ""] = ref.split(":");
  const [platform = "", object = ""] = type.split(".");
  return { ref, platform, connection: platform, object, subject: ref, changedAt: 1, observedAt: 1 };
}
