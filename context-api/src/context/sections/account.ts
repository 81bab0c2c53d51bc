import { type AbsentReason, AccountData, type AnySection } from "@sidelight/contracts/context/sections.ts";
import { calendarDays, daysBetween } from "@sidelight/model/calendar.ts";
import type { StoredRecord } from "@sidelight/model/records.ts";
import type { HealthInputs } from "../../signals/health.ts";
import { rollupOf } from "./rollup.ts";
import {
  defineSection,
  emptyContent,
  isPast,
  latest,
  ofSource,
  ownPeople,
  platformSource,
  provenanceOf,
  type SectionContent,
  type SectionInput,
} from "./section.ts";

const maxListed = 3;

const mappedFields = ["name", "owner", "arr", "plan", "stage", "renewalDate"] as const;
type MappedField = (typeof mappedFields)[number];
type Account = StoredRecord<"company">;

/** The commercial side: account, owner, value, renewal, open deals, latest sales activities. */
export const accountSection = defineSection<AccountData>({
  name: "account",
  order: 10,
  dataClass: "contacts",
  source: platformSource("account", (records) => [...ownPeople(records), ...(records.company?.records ?? [])]),
  schema: AccountData,
  view,
  healthInputs,
  earlierHealthInputs: (input, section, instants) => instants.map((now) => healthInputs({ ...input, now }, section)),
});

function healthInputs(input: SectionInput, section: AnySection): Partial<HealthInputs> {
  const account = section.data as AccountData | null;
  const renewal = account?.renewalDate ?? null;
  return {
    daysToRenewal: renewal === null ? null : daysUntil(renewal, input),
    missing: { renewal: account ? renewalReason(input, section.absent["/renewalDate"]) : section.state },
  };
}

function view(input: SectionInput): SectionContent<AccountData> {
  const { records } = input;
  const [account, ...otherAccounts] = ofSource(input, records.company?.records ?? []);
  if (!account) return emptyContent;
  const accounts = [account, ...otherAccounts] as const;
  const open = records.opportunities.filter((o) => o.data.state === "open").sort(byCloseDate);
  const opportunities = open.slice(0, maxListed);
  const activitiesOfAccount = records.activities.filter((activity) => isAbout(activity, accounts));
  const activities = activitiesOfAccount
    .filter((a) => isPast(a.data.at, input))
    .sort((a, b) => b.data.at.localeCompare(a.data.at) || a.key.localeCompare(b.key))
    .slice(0, maxListed);
  const meetings = activitiesOfAccount
    .filter((a) => !isPast(a.data.at, input))
    .sort((a, b) => a.data.at.localeCompare(b.data.at) || a.key.localeCompare(b.key))
    .slice(0, maxListed);
  const nextStepAccount = accounts.find((a) => a.data.nextStep !== null);
  // Without a mapped next step, the one of the nearest open deal is shown.
  const nextStepDeal = nextStepAccount ? undefined : open.find((o) => o.data.nextStep !== null);
  const data: AccountData = {
    id: account.id,
    name: holderOf(accounts, "name").data.name,
    owner: holderOf(accounts, "owner").data.owner,
    arr: holderOf(accounts, "arr").data.arr,
    plan: holderOf(accounts, "plan").data.plan,
    stage: holderOf(accounts, "stage").data.stage,
    renewalDate: holderOf(accounts, "renewalDate").data.renewalDate,
    nextStep: (nextStepAccount ?? nextStepDeal)?.data.nextStep ?? null,
    opportunities: opportunities.map((o) => ({
      id: o.id,
      name: o.data.name,
      stage: o.data.stage,
      amount: o.data.amount,
      closeDate: o.data.closeDate,
      link: input.link(o),
    })),
    activities: activities.map((a) => activityView(input, a)),
    meetings: meetings.map((a) => activityView(input, a)),
    rollup: rollupOf({ ...input, records: input.allRecords }),
  };
  const nextStep = nextStepDeal
    ? provenanceOf(input, nextStepDeal, "the nearest open deal's next step")
    : provenanceOf(input, nextStepAccount ?? account, "mapped: nextStep");
  const url = input.link(account);
  return {
    data,
    changedAt: latest([...accounts, ...records.opportunities, ...activitiesOfAccount]),
    provenance: {
      ...Object.fromEntries(
        mappedFields.map((field) => [`/${field}`, provenanceOf(input, holderOf(accounts, field), `mapped: ${field}`)]),
      ),
      "/nextStep": nextStep,
      ...Object.fromEntries(opportunities.map((o, i) => [`/opportunities/${i}`, provenanceOf(input, o, "open, by close date")])),
      ...Object.fromEntries(activities.map((a, i) => [`/activities/${i}`, provenanceOf(input, a, "newest first")])),
      ...Object.fromEntries(meetings.map((a, i) => [`/meetings/${i}`, provenanceOf(input, a, "planned, nearest first")])),
    },
    absent: absentFields(data, accounts),
    links: url ? [{ label: "Account", url }] : [],
  };
}

const activityView = (input: SectionInput, activity: StoredRecord<"activity">) => ({
  kind: activity.data.type,
  subject: activity.data.subject,
  at: activity.data.at,
  link: input.link(activity),
});

/** False for a person's activity that is about another account than theirs. */
const isAbout = ({ edges }: StoredRecord<"activity">, accounts: readonly Account[]): boolean =>
  edges.every(({ rel, to }) => rel !== "account" || accounts.some(({ ref }) => ref === to));

/** The account that a fact comes from: the first one with a value, otherwise the first one. */
const holderOf = (accounts: readonly [Account, ...Account[]], field: MappedField): Account =>
  accounts.find((account) => account.data[field] !== null) ?? accounts[0];

function absentFields(data: AccountData, accounts: readonly Account[]) {
  const fields = ["owner", "arr", "plan", "stage", "renewalDate", "nextStep"] as const;
  const isMapped = (field: string) => accounts.some((account) => !account.data.notMapped.includes(field));
  const missingFields = fields.filter((field) => data[field] === null);
  return Object.fromEntries(
    missingFields.map((field) => [`/${field}`, isMapped(field) ? ("none_set" as const) : ("not_mapped" as const)]),
  );
}

/** A mapped field that the account lost may have a value, so the score does not see it. A field that was never mapped has none. */
function renewalReason(input: SectionInput, absent: AbsentReason = "none_set"): string {
  const accounts = ofSource(input, input.records.company?.records ?? []);
  return accounts.some(({ data }) => data.fieldsGone?.includes("renewalDate")) ? "field_gone" : absent;
}

function byCloseDate(a: StoredRecord<"opportunity">, b: StoredRecord<"opportunity">): number {
  return (a.data.closeDate ?? "9999").localeCompare(b.data.closeDate ?? "9999") || a.key.localeCompare(b.key);
}

/** Calendar days in the tenant's time zone; negative for a past day. */
const daysUntil = (day: string, { now, timeZone }: Pick<SectionInput, "now" | "timeZone">): number =>
  daysBetween(calendarDays(timeZone)(now), day);
