import { createHash } from "node:crypto";
import { pointerOf } from "@sidelight/platform-kit/jsonPointer.ts";
import type { Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { cohortId, distinctId } from "../ids.ts";

/** One page of what Mixpanel says of a cohort. */
export interface Call {
  action: "members" | "add_members" | "remove_members";
  project: string;
  /** Named by its id where Mixpanel gives it no name. */
  cohort: { id: string; name: string };
  session: string;
  /** Its number counts from 1. */
  page: { number: number; total: number };
  /** Distinct ids, each once. */
  members: string[];
  /** False when it names others whose ids can't be used: then it doesn't tell who isn't named. */
  isReadable: boolean;
  /** Names what it is part of: for `members` its session, for the others itself. */
  sending: string;
}

/** What could be read of a call: all of it, or all but some members. */
export interface ReadCall {
  call: Call | null;
  problem: Extract<Message, { kind: "unusable" }> | null;
}

const id = z.union([z.number(), z.string()]).transform(String);
const pageNumber = z.number().int().min(0).max(1_000_000);
const longestName = 255;

// https://docs.mixpanel.com/docs/cohort-sync/webhooks
const Wire = z.looseObject({
  action: z.enum(["members", "add_members", "remove_members"]),
  parameters: z.looseObject({
    mixpanel_project_id: id,
    mixpanel_cohort_id: id.refine((text) => cohortId(text) !== null),
    mixpanel_cohort_name: z.string().nullish(),
    mixpanel_session_id: id.refine((text) => text !== "" && text.length <= longestName && text.isWellFormed()),
    page_info: z.looseObject({ total_pages: pageNumber, page_count: pageNumber }),
    members: z.array(z.unknown()).nullish(),
  }),
});
const Member = z.looseObject({ mixpanel_distinct_id: id.refine((text) => distinctId(text) !== null) });

/** Reads a call's body; `undefined` for one that is no JSON. */
export function readCall(body: unknown): ReadCall {
  if (body === undefined) return unusable("unreadable", "the body is no JSON");
  const wire = Wire.safeParse(body);
  if (!wire.success) {
    const pointer = pointerOf(wire.error);
    const isUnknown = pointer === "/action" && actionOf(body) !== null;
    return isUnknown
      ? unusable("unknown_type", "calls of this action are not used")
      : unusable("unreadable", `not of the known form at ${pointer || "its root"}`);
  }
  const { action, parameters: given } = wire.data;
  // An empty cohort has no page, and is told by one call.
  const { total_pages: total, page_count: number } =
    given.page_info.total_pages === 0 ? { total_pages: 1, page_count: 1 } : given.page_info;
  if (number < 1 || number > total) return unusable("unreadable", "not of the known form at /parameters/page_info/page_count");
  const members = (given.members ?? []).map((member) => Member.safeParse(member));
  const ids = [...new Set(members.flatMap((m) => (m.success ? [m.data.mixpanel_distinct_id] : [])))];
  const wrong = members.findIndex((m) => !m.success);
  const { mixpanel_session_id: session, mixpanel_cohort_id: cohort } = given;
  return {
    call: {
      action,
      project: given.mixpanel_project_id,
      cohort: { id: cohort, name: given.mixpanel_cohort_name?.slice(0, longestName).toWellFormed() || cohort },
      session,
      page: { number, total },
      members: ids,
      isReadable: wrong < 0,
      sending: nameOf(action === "members" ? [action, session] : [action, session, number, ...ids]),
    },
    problem:
      wrong < 0
        ? null
        : { kind: "unusable", reason: "unreadable", detail: `a member without a usable id at /parameters/members/${wrong}` },
  };
}

/** What a body says is its action, known or not. */
export function actionOf(body: unknown): string | null {
  const said = z.looseObject({ action: z.string() }).safeParse(body);
  return said.success ? said.data.action : null;
}

const unusable = (reason: "unreadable" | "unknown_type", detail: string): ReadCall => ({
  call: null,
  problem: { kind: "unusable", reason, detail },
});

const nameOf = (parts: unknown[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
