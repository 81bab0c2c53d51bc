import { randomUUID } from "node:crypto";
import type { Change } from "../../world/table.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { MpProfile, MpValue } from "../../world/types.ts";
import type { Draft } from "../job.ts";
import { type NetChange, netChanges } from "../netChanges.ts";
import { digits } from "../tokens.ts";

/** Users who completed onboarding: the one synced cohort. */
export const COHORT = {
  name: "Completed onboarding",
  description: "Users with onboarded = true",
  has: (profile: MpProfile | null): boolean => profile?.properties["onboarded"] === true,
};
export const cohortId = (tenant: string): string => digits(7, "cohort", tenant, COHORT.name);

/** Maximum members of a request. */
export const PAGE = 1_000;

export type Action = "members" | "add_members" | "remove_members";

export interface CohortSync {
  action: Action;
  session: string;
  page: number;
  pages: number;
  members: string[];
  /** The previous rows of removed profiles. */
  removed: MpProfile[];
}

/** Members added and removed by a change. Mixpanel makes both calls, and one may be empty. */
export function cohortDrafts(changes: readonly Change[]): Draft[] {
  const rows = netChanges<MpProfile>(changes, "mixpanel.profiles");
  const is = (row: NetChange<MpProfile>, was: boolean): boolean =>
    COHORT.has(row.previous) === was && COHORT.has(row.next) === !was;
  const addedIds = rows.filter((row) => is(row, false)).map(({ next }) => next!.distinct_id);
  const removedRows = rows.filter((row) => is(row, true)).map(({ previous }) => previous!);
  if (addedIds.length + removedRows.length === 0) return [];
  const session = randomUUID();
  return [
    ...pages("add_members", session, addedIds, []),
    ...pages(
      "remove_members",
      session,
      removedRows.map((profile) => profile.distinct_id),
      removedRows,
    ),
  ];
}

/** The full cohort, as at the first sync and after a long pause. */
export function fullSync(world: TenantWorld, size = PAGE): Draft[] {
  const memberIds = [...world.mixpanel.profiles.values()].filter(COHORT.has).map((profile) => profile.distinct_id);
  return pages("members", randomUUID(), memberIds, [], size);
}

function pages(action: Action, session: string, members: string[], removedProfiles: MpProfile[], size = PAGE): Draft[] {
  const count = Math.max(1, Math.ceil(members.length / size));
  return Array.from({ length: count }, (_, i) => {
    const pageMembers = members.slice(i * size, (i + 1) * size);
    const body: CohortSync = {
      action,
      session,
      page: i + 1,
      pages: count,
      members: pageMembers,
      removed: removedProfiles.filter((profile) => pageMembers.includes(profile.distinct_id)),
    };
    return { sender: "cohort" as const, type: `cohort.${action}`, group: `${session}/${action}/${i}`, body };
  });
}

/** The body in Mixpanel's form. Pages count from 1. */
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
        member(id, world.mixpanel.profiles.get(id) ?? sync.removed.find((p) => p.distinct_id === id)),
      ),
    },
  };
}

function member(id: string, profile: MpProfile | undefined): Record<string, MpValue> {
  const property = (name: string): string => String(profile?.properties[name] ?? "");
  const [first = "", ...lastNames] = (property("$first_name") || property("$name")).split(" ");
  return {
    email: property("$email"),
    mixpanel_distinct_id: id,
    first_name: first,
    last_name: property("$last_name") || lastNames.join(" "),
  };
}
