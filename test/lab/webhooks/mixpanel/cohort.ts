import { randomUUID } from "node:crypto";
import type { Change } from "../../world/table.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { MpProfile, MpValue } from "../../world/types.ts";
import type { Draft } from "../job.ts";
import { type NetChange, netChanges } from "../netChanges.ts";
import { digits } from "../tokens.ts";

/** Whoever has completed the onboarding: the one cohort that is synced. */
export const COHORT = {
  name: "Completed onboarding",
  description: "Users with onboarded = true",
  has: (profile: MpProfile | null): boolean => profile?.properties["onboarded"] === true,
};
export const cohortId = (tenant: string): string => digits(7, "cohort", tenant, COHORT.name);

/** Members that one request carries. */
export const PAGE = 1_000;

export type Action = "members" | "add_members" | "remove_members";

export interface CohortSync {
  action: Action;
  session: string;
  page: number;
  pages: number;
  members: string[];
  /** As it was, for those who are gone by now. */
  gone: MpProfile[];
}

/** Who came and who left, as a sync tells it: both calls are made, and one of them may be empty. */
export function cohortDrafts(changes: readonly Change[]): Draft[] {
  const rows = netChanges<MpProfile>(changes, "mixpanel.profiles");
  const is = (row: NetChange<MpProfile>, was: boolean): boolean =>
    COHORT.has(row.before) === was && COHORT.has(row.after) === !was;
  const came = rows.filter((row) => is(row, false)).map(({ after }) => after!.distinct_id);
  const left = rows.filter((row) => is(row, true)).map(({ before }) => before!);
  if (came.length + left.length === 0) return [];
  const session = randomUUID();
  return [
    ...pages("add_members", session, came, []),
    ...pages(
      "remove_members",
      session,
      left.map((profile) => profile.distinct_id),
      left,
    ),
  ];
}

/** The whole cohort, as at the first sync and after a long silence. */
export function fullSync(world: TenantWorld, size = PAGE): Draft[] {
  const all = [...world.mixpanel.profiles.values()].filter(COHORT.has).map((profile) => profile.distinct_id);
  return pages("members", randomUUID(), all, [], size);
}

function pages(action: Action, session: string, members: string[], gone: MpProfile[], size = PAGE): Draft[] {
  const count = Math.max(1, Math.ceil(members.length / size));
  return Array.from({ length: count }, (_, i) => {
    const own = members.slice(i * size, (i + 1) * size);
    const body: CohortSync = {
      action,
      session,
      page: i + 1,
      pages: count,
      members: own,
      gone: gone.filter((profile) => own.includes(profile.distinct_id)),
    };
    return { lane: "cohort" as const, type: `cohort.${action}`, group: `${session}/${action}/${i}`, body };
  });
}

/** The body as Mixpanel has it. Pages count from 1. */
export function cohortBody(world: TenantWorld, projectId: string, sync: CohortSync): unknown {
  return {
    action: sync.action,
    parameters: {
      mixpanel_project_id: projectId,
      mixpanel_cohort_name: COHORT.name,
      mixpanel_cohort_id: cohortId(world.tenant),
      mixpanel_cohort_description: COHORT.description,
      mixpanel_session_id: sync.session,
      page_info: { total_pages: sync.pages, page_count: sync.page },
      members: sync.members.map((id) =>
        member(id, world.mixpanel.profiles.get(id) ?? sync.gone.find((p) => p.distinct_id === id)),
      ),
    },
  };
}

function member(id: string, profile: MpProfile | undefined): Record<string, MpValue> {
  const of = (name: string): string => String(profile?.properties[name] ?? "");
  const [first = "", ...rest] = (of("$first_name") || of("$name")).split(" ");
  return {
    email: of("$email"),
    mixpanel_distinct_id: id,
    first_name: first,
    last_name: of("$last_name") || rest.join(" "),
  };
}
