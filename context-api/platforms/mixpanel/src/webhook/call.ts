import { createHash } from "node:crypto";
import { pointerOf } from "@sidelight/platform-kit/jsonPointer.ts";
import type { Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { cohortId, distinctId } from "../ids.ts";

/** One page of a cohort export. */
export interface Call {
  action: "members" | "add_members" | "remove_members";
  project: string;
  /** The name is the id when Mixpanel sends none. */
  cohort: { id: string; name: string };
  session: string;
  /** Numbers start at 1. */
  page: { number: number; total: number };
  /** Unique distinct ids. */
  members: string[];
  /**
   * False when members without an id outnumber the usable ones: then the format may have changed, and the call does not show who is
   * absent. A member with an unusable id was never stored.
   */
  showsAbsence: boolean;
  /** Name of the export that the page belongs to: the session for `members`, the call itself for a diff. */
  exportName: string;
}

/** A parsed call; `problem` describes members, or a whole call, that could not be used. */
export interface ReadCall {
  call: Call | null;
  problem: Extract<Message, { kind: "unusable" }> | null;
}

const id = z.union([z.number(), z.string()]).transform(String);
const pageNumber = z.number().int().min(0).max(1_000_000);
const maxNameLength = 255;
/** Twice what Mixpanel sends. */
const maxMembers = 2_000;

// https://docs.mixpanel.com/docs/cohort-sync/webhooks
export const CohortCall = z.looseObject({
  action: z.enum(["members", "add_members", "remove_members"]),
  parameters: z.looseObject({
    mixpanel_project_id: id,
    mixpanel_cohort_id: id.refine((text) => cohortId(text) !== null),
    mixpanel_cohort_name: z.string().nullish(),
    mixpanel_session_id: id.refine((text) => text !== "" && text.length <= maxNameLength && text.isWellFormed()),
    page_info: z.looseObject({ total_pages: pageNumber, page_count: pageNumber }),
    members: z.array(z.unknown()).nullish(),
  }),
});
const NamedMember = z.looseObject({ mixpanel_distinct_id: id });
const Member = z.looseObject({ mixpanel_distinct_id: id.refine((text) => distinctId(text) !== null) });

/** A body that is not JSON. @param problem completes "the body …" */
export const unreadableCall = (problem: string): ReadCall => unusable("unreadable", `the body ${problem}`);

/** Parses a call. */
export function readCall(body: unknown): ReadCall {
  const wire = CohortCall.safeParse(body);
  if (!wire.success) {
    const pointer = pointerOf(wire.error);
    const isUnknown = pointer === "/action" && actionOf(body) !== null;
    return isUnknown
      ? unusable("unknown_type", "calls of this action are not used")
      : unusable("unreadable", `unexpected format at ${pointer || "its root"}`);
  }
  const { action, parameters } = wire.data;
  // An empty cohort has no page and is reported by one call.
  const { total_pages: total, page_count: number } =
    parameters.page_info.total_pages === 0 ? { total_pages: 1, page_count: 1 } : parameters.page_info;
  if (number < 1 || number > total) return unusable("unreadable", "unexpected format at /parameters/page_info/page_count");
  const { length = 0 } = parameters.members ?? [];
  if (length > maxMembers) return unusable("out_of_bounds", `the call has ${length} members; ${maxMembers} are allowed`);
  const members = (parameters.members ?? []).map((member) => Member.safeParse(member));
  const ids = [...new Set(members.flatMap((m) => (m.success ? [m.data.mixpanel_distinct_id] : [])))];
  const invalidIndex = members.findIndex((m) => !m.success);
  const nameless = (parameters.members ?? []).filter((member) => !NamedMember.safeParse(member).success);
  const { mixpanel_session_id: session, mixpanel_cohort_id: cohort } = parameters;
  return {
    call: {
      action,
      project: parameters.mixpanel_project_id,
      cohort: { id: cohort, name: parameters.mixpanel_cohort_name?.slice(0, maxNameLength).toWellFormed() || cohort },
      session,
      page: { number, total },
      members: ids,
      showsAbsence: nameless.length <= ids.length,
      exportName: nameOf(action === "members" ? [action, session] : [action, session, number, ...ids]),
    },
    problem:
      invalidIndex < 0
        ? null
        : {
            kind: "unusable",
            reason: "unreadable",
            detail: `a member without a usable id at /parameters/members/${invalidIndex}`,
          },
  };
}

/** The action of a body, supported or not; null when there is none. */
export function actionOf(body: unknown): string | null {
  const parsed = z.looseObject({ action: z.string() }).safeParse(body);
  return parsed.success ? parsed.data.action : null;
}

const unusable = (reason: "unreadable" | "unknown_type" | "out_of_bounds", detail: string): ReadCall => ({
  call: null,
  problem: { kind: "unusable", reason, detail },
});

const nameOf = (parts: unknown[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
