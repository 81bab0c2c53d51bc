import type { MembershipData } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { ListExport, Message, WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import { partsOfMembership } from "../ids.ts";
import { cohortRef, membershipRef } from "../records.ts";
import type { Call } from "./call.ts";

/** A user who enters or leaves a cohort, with the stored membership. */
export interface MembershipChange {
  user: string;
  isIn: boolean;
  previous: MembershipData | null;
}

export interface CallEffect {
  changes: MembershipChange[];
  /** New progress of the export; null when the call adds nothing. */
  progress: Extract<Message, { kind: "list" }> | null;
}

const noEffect: CallEffect = { changes: [], progress: null };

/**
 * Membership changes of a call. The latest statement about a user wins, ordered by when its export began: a diff begins with its
 * call, a full cohort with its first page. Pages may therefore arrive in any order, repeatedly, or between those of another export.
 */
export async function membershipChanges(
  call: Call,
  receivedAt: number,
  { lists, readCurrent }: Pick<WebhookTools, "lists" | "readCurrent">,
): Promise<CallEffect> {
  // Mixpanel sends an empty diff every half hour. It changes nothing.
  if (call.action !== "members" && call.members.length === 0) return noEffect;
  const list = cohortRef(call.cohort.id);
  const progress = await lists.exportState(list, call.exportName);
  if (progress.listExport && progress.listExport.order < progress.newestCompleteOrder) return noEffect;
  const order = progress.listExport?.order ?? Math.max(progress.newestOrder + 1, receivedAt);
  const listExport = withPage(progress.listExport ?? { order, pages: [], total: 0, isComplete: false }, call);
  const refs = call.members.map((user) => membershipRef(call.cohort.id, user));
  const refsInCall = new Set(refs);
  const [lastOrders, memberships] = await Promise.all([lists.lastMentionOrder(refs), readCurrent(refs)]);
  const members = refs.filter((ref) => (lastOrders.get(ref) ?? 0) <= order);
  const isIn = call.action !== "remove_members";
  const changes = members.flatMap((ref): MembershipChange[] => {
    const previous = membershipIn(memberships.get(ref));
    return (previous?.isIn ?? false) === isIn ? [] : [{ user: userOf(ref), isIn, previous }];
  });
  // A page that arrives again: a later release may have read more of its members, from quarantine.
  if (progress.listExport && hasAllPages(progress.listExport)) return { changes, progress: null };
  if (!call.showsAbsence) return { changes, progress: null };
  const absent = listExport.isComplete
    ? (await lists.unmentionedSince(list, order)).filter(({ ref }) => !refsInCall.has(ref))
    : [];
  return {
    changes: [...changes, ...absent.map(leaving)],
    progress: { kind: "list", list, name: call.exportName, listExport, members },
  };
}

const hasAllPages = ({ pages, total }: ListExport): boolean => pages.length >= total;

function withPage(listExport: ListExport, { action, page }: Call): ListExport {
  const pages = [...new Set([...listExport.pages, page.number])].sort((a, b) => a - b);
  // Each page of a diff is an export of its own.
  const total = action === "members" ? Math.max(listExport.total, page.total) : 1;
  return { ...listExport, pages, total, isComplete: action === "members" && pages.length >= total };
}

function leaving({ ref, data }: { ref: string; data: unknown }): MembershipChange {
  return { user: userOf(ref), isIn: false, previous: membershipIn(data) };
}

const userOf = (ref: string): string => partsOfMembership(splitRef(ref).id).user;

const membershipIn = (data: unknown): MembershipData | null =>
  (data as MembershipData | undefined)?.kind === "membership" ? (data as MembershipData) : null;
