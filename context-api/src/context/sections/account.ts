import type { AccountData, Section } from "@sidelight/contracts/context/sections.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import { rollupOf } from "./rollup.ts";
import { envelope, latest, provenanceOf, type SectionInput } from "./section.ts";

const most = 3;

/** The commercial side: account, owner, value, renewal, open deals, what sales did last. */
export function accountSection(input: SectionInput): Section<"account"> {
  const platform = input.connection?.platform.name;
  const account = input.story.company?.records.find((r) => r.platform === platform);
  if (!account) return envelope<"account">(input, { data: null, changedAt: null, provenance: {}, absent: {}, links: [] });
  const { story } = input;
  const open = story.opportunities.filter((o) => o.data.state === "open").sort(byCloseDate);
  const opportunities = open.slice(0, most);
  const activities = story.activities
    .filter((a) => Date.parse(a.data.at) <= input.now)
    .sort((a, b) => b.data.at.localeCompare(a.data.at) || a.key.localeCompare(b.key))
    .slice(0, most);
  const { data } = account;
  // The account's own next step, where nobody mapped one, is that of its nearest deal.
  const nextStepFrom = data.nextStep === null ? open.find((o) => o.data.nextStep !== null) : undefined;
  const nextStep = data.nextStep ?? nextStepFrom?.data.nextStep ?? null;
  const content: AccountData = {
    id: account.id,
    name: data.name,
    owner: data.owner,
    arr: data.arr,
    plan: data.plan,
    stage: data.stage,
    renewalDate: data.renewalDate,
    nextStep,
    opportunities: opportunities.map((o) => ({
      id: o.id,
      name: o.data.name,
      stage: o.data.stage,
      amount: o.data.amount,
      closeDate: o.data.closeDate,
      link: input.link(o),
    })),
    activities: activities.map((a) => ({ kind: a.data.type, subject: a.data.subject, at: a.data.at, link: input.link(a) })),
    rollup: rollupOf(input, platform),
  };
  return envelope<"account">(input, {
    data: content,
    changedAt: latest([account, ...story.opportunities, ...story.activities]),
    provenance: provenance(input, account, nextStepFrom, opportunities, activities),
    absent: absent(content, data.notMapped),
    links: link(input, account),
  });
}

function provenance(
  input: SectionInput,
  account: StoredRecord<"company">,
  nextStepFrom: StoredRecord | undefined,
  opportunities: StoredRecord[],
  activities: StoredRecord[],
) {
  const facts = ["name", "owner", "arr", "plan", "stage", "renewalDate"].map(
    (field) => [`/${field}`, provenanceOf(input, account, `mapped: ${field}`)] as const,
  );
  const next = provenanceOf(
    input,
    nextStepFrom ?? account,
    nextStepFrom ? "the nearest open deal's next step" : "mapped: nextStep",
  );
  const deals = opportunities.map((o, i) => [`/opportunities/${i}`, provenanceOf(input, o, "open, by close date")] as const);
  const done = activities.map((a, i) => [`/activities/${i}`, provenanceOf(input, a, "newest first")] as const);
  return Object.fromEntries([...facts, ["/nextStep", next], ...deals, ...done]);
}

function absent(content: AccountData, notMapped: string[]) {
  const fields = ["owner", "arr", "plan", "stage", "renewalDate", "nextStep"] as const;
  const missing = fields.filter((field) => content[field] === null);
  return Object.fromEntries(
    missing.map((field) => [`/${field}`, notMapped.includes(field) ? ("not_mapped" as const) : ("none_set" as const)]),
  );
}

function link(input: SectionInput, account: StoredRecord) {
  const url = input.link(account);
  return url ? [{ label: "Account", url }] : [];
}

function byCloseDate(a: StoredRecord<"opportunity">, b: StoredRecord<"opportunity">): number {
  return (a.data.closeDate ?? "9999").localeCompare(b.data.closeDate ?? "9999") || a.key.localeCompare(b.key);
}
