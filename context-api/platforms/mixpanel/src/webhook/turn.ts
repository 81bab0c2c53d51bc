import type { MembershipData } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import type { InletTools, Message, Sending } from "@sidelight/platform-kit/webhook.ts";
import { partsOfMembership } from "../ids.ts";
import { cohortRef, membershipRef } from "../records.ts";
import type { Call } from "./call.ts";

/** Somebody who enters or leaves a cohort, and what was known of them before. */
export interface Move {
  user: string;
  isIn: boolean;
  before: MembershipData | null;
}

export interface Turned {
  moves: Move[];
  /** Null when the call says nothing that isn't known. */
  memory: Extract<Message, { kind: "list" }> | null;
}

const nothing: Turned = { moves: [], memory: null };

/**
 * What a call changes. Of what Mixpanel says of somebody the last word counts, and what began later is later: a diff begins when its
 * call comes, a whole cohort when its first page does. So pages may come in any order, twice, or between those of another export.
 */
export async function turn(
  call: Call,
  receivedAt: number,
  { lists, current }: Pick<InletTools, "lists" | "current">,
): Promise<Turned> {
  // A diff that is empty is sent every half hour, and says nothing.
  if (call.action !== "members" && call.members.length === 0) return nothing;
  const list = cohortRef(call.cohort.id);
  const told = await lists.told(list, call.sending);
  if (told.sending && isOver(told.sending, told.covered)) return nothing;
  const order = told.sending?.order ?? Math.max(told.newest + 1, receivedAt);
  const sending = withPage(told.sending ?? { order, pages: [], total: 0, covers: false }, call);
  const refs = new Map(call.members.map((user) => [membershipRef(call.cohort.id, user), user]));
  const [named, known] = await Promise.all([lists.lastNamed([...refs.keys()]), current([...refs.keys()])]);
  const about = [...refs.keys()].filter((ref) => (named.get(ref) ?? 0) <= order);
  const wanted = call.action !== "remove_members";
  const moves = about.flatMap((ref): Move[] => {
    const before = membership(known.get(ref));
    return (before?.isIn ?? false) === wanted ? [] : [{ user: refs.get(ref)!, isIn: wanted, before }];
  });
  // What can't be read now may be with the next release: the call is in quarantine, and must not pass for a repetition then.
  if (!call.isReadable) return { moves, memory: null };
  const gone = sending.covers ? (await lists.notNamedSince(list, order)).filter(({ ref }) => !refs.has(ref)) : [];
  return {
    moves: [...moves, ...gone.map(leaving)],
    memory: { kind: "list", list, name: call.sending, sending, named: about },
  };
}

/** All of it has come, or what came after it told of everybody. */
const isOver = ({ pages, total, order }: Sending, covered: number): boolean => pages.length >= total || order < covered;

function withPage(before: Sending, { action, page }: Call): Sending {
  const pages = [...new Set([...before.pages, page.number])].sort((a, b) => a - b);
  // Diffs stand alone: how many belong together changes nothing.
  const total = action === "members" ? Math.max(before.total, page.total) : 1;
  return { ...before, pages, total, covers: action === "members" && pages.length >= total };
}

function leaving({ ref, data }: { ref: string; data: unknown }): Move {
  return { user: partsOfMembership(splitRef(ref).id).user, isIn: false, before: membership(data) };
}

const membership = (data: unknown): MembershipData | null =>
  (data as MembershipData | undefined)?.kind === "membership" ? (data as MembershipData) : null;
