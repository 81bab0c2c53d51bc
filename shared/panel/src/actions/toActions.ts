import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Note } from "@sidelight/contracts/context/sections.ts";
import type { PanelOptions } from "../options.ts";
import { ticketOnScreen } from "../ownTicket.ts";
import { createScope, type Scope, sourceName } from "../scope.ts";
import type { ActionView, PanelState } from "../view.ts";
import { whyNotAct } from "../whyNot.ts";
import type { ActionsState } from "./actions.ts";
import { counterFrom, limits } from "./limits.ts";
import type { ActionCommand } from "./transport.ts";

/** What the host knows about the person and about the page. */
export interface ActionsHost {
  /** The person's own record at the platform of the page, `zendesk.user:7`; null when the host does not say. */
  person: string | null;
  /** Where a follow-up can be created, the best one first. */
  targets: readonly string[];
}

export interface NoteView {
  id: string;
  body: string;
  /** "Grace Hopper · yesterday" */
  byline: string;
  isPinned: boolean;
  pinnedText: string;
  /** Shows it before the others, to everybody. */
  pin: ActionView & { isPressed: boolean /** Names the note, for a screen reader that lists the buttons. */; name: string };
  /** Null for a note of somebody else. */
  remove: (ActionView & { /** Names the note, for a screen reader that lists the buttons. */ name: string }) | null;
  /** The question before it is deleted, while it is open. */
  confirm: { question: string; confirm: ActionView; keep: string } | null;
  /** Why the last action on this note failed; "" without a failure. */
  failure: string;
}

export interface NotesView {
  label: string;
  emptyText: string;
  items: NoteView[];
  composer: { label: string; hint: string; add: ActionView; maxLength: number };
}

export interface FollowUpView {
  title: string;
  labels: { subject: string; text: string; dueDate: string; target: string; owner: string; cancel: string };
  targets: { key: string; label: string; owners: { ref: string | null; label: string }[] }[];
  send: ActionView;
}

export interface RevealView {
  title: string;
  text: string;
  reasonLabel: string;
  reasonHint: string;
  reveal: ActionView;
  cancel: string;
}

export interface ActionsView {
  notes: NotesView;
  followUp: FollowUpView;
  reveal: RevealView;
  /** What is on its way is not edited. */
  isSending: boolean;
  /** What the last action did, politely; "" without one. */
  status: string;
  /** Why the last action failed; "" without a failure. */
  failure: string;
}

/** The texts and controls of the actions for the answer on screen. Pure, as `toPanel`. */
export function toActions(
  context: Context | null,
  options: PanelOptions,
  { panel, host, state }: { panel: PanelState; host: ActionsHost; state: ActionsState },
): ActionsView {
  const scope = createScope(context, options);
  const parts: Parts = { scope, panel, host, state };
  return {
    notes: notesView(parts),
    followUp: followUpView(parts),
    reveal: revealView(parts),
    isSending: state.sending !== null,
    status: statusText(parts),
    failure: failureText(parts),
  };
}

interface Parts {
  scope: Scope;
  panel: PanelState;
  host: ActionsHost;
  state: ActionsState;
}

/** One action at a time: while one is sent, the others say so. */
function action({ scope, panel, state }: Parts, kind: ActionCommand["kind"], label: string, busyLabel = label): ActionView {
  if (state.sending === kind) return { label: busyLabel, disabled: true, reason: "" };
  const right = kind === "delete-note" ? "note" : kind;
  const reason = whyNotAct(scope, panel, right) || (state.sending ? scope.t("act.reason.sending") : "");
  return { label, disabled: reason !== "", reason };
}

function notesView(parts: Parts): NotesView {
  const { t } = parts.scope;
  const notes = parts.scope.context?.sections.notes?.data?.items ?? [];
  return {
    label: t("section.notes"),
    emptyText: t("section.empty.notes"),
    items: notes.map((note) => noteView(parts, note)),
    composer: {
      label: t("act.note.label"),
      hint: t("act.note.hint"),
      add: action(parts, "note", t("act.note.add"), t("act.note.adding")),
      maxLength: limits.note,
    },
  };
}

function noteView(parts: Parts, { id, at, author, authorRef, role, body, pinned }: Note): NoteView {
  const { scope, host, state } = parts;
  const { t } = scope;
  const isOwn = authorRef !== null && authorRef === host.person;
  const noteTime = scope.f.moment(at);
  const isOpen = state.open?.kind === "delete-note" && state.open.note === id;
  return {
    id,
    body,
    pin: {
      ...action(parts, "pin", t("act.pin.short")),
      isPressed: pinned,
      name: t("act.note.pin", { when: noteTime }),
    },
    failure: state.failure?.note === id ? failureText(parts) : "",
    byline: t("act.note.byline", { author: isOwn ? t("act.you") : (author ?? role), when: noteTime }),
    isPinned: pinned,
    pinnedText: pinned ? t("notes.pinned") : "",
    remove: isOwn
      ? { ...action(parts, "delete-note", t("act.note.delete_short")), name: t("act.note.delete", { when: noteTime }) }
      : null,
    confirm: isOpen
      ? {
          question: t("act.note.confirm"),
          confirm: action(parts, "delete-note", t("act.note.delete_now"), t("act.note.deleting")),
          keep: t("act.note.keep"),
        }
      : null,
  };
}

/** How much room is left, near the end of it; "" before. */
export function counterText(options: PanelOptions, length: number, limit: number): string {
  const { t } = createScope(null, options);
  const charactersLeft = limit - length;
  if (charactersLeft < 0) return t.plural("act.too_long", -charactersLeft);
  return charactersLeft <= counterFrom ? t.plural("act.left", charactersLeft) : "";
}

function followUpView(parts: Parts): FollowUpView {
  const { scope, host } = parts;
  const { t } = scope;
  return {
    title: t("act.follow_up.title"),
    labels: {
      subject: t("act.follow_up.subject"),
      text: t("act.follow_up.text"),
      dueDate: t("act.follow_up.due"),
      target: t("act.follow_up.target"),
      owner: t("act.follow_up.owner"),
      cancel: t("act.cancel"),
    },
    targets: host.targets.filter((name) => isConnected(scope, name)).map((name) => ({ key: name, ...targetOf(parts, name) })),
    send: action(parts, "follow-up", t("act.follow_up.send"), t("act.follow_up.sending")),
  };
}

/** A platform without a section of its own is not known to be missing. */
const isConnected = ({ context }: Scope, name: string): boolean =>
  !Object.values(context?.sections ?? {}).some((section) => section?.source === name && section.state === "not_connected");

function targetOf({ scope, host }: Parts, name: string): Pick<FollowUpView["targets"][number], "label" | "owners"> {
  const { t, context, options } = scope;
  const label = t.maybe(`act.follow_up.target.${name}`, sourceName(t, name));
  const { account, support } = context?.sections ?? {};
  const accountOwner = account?.source === name ? account.data?.owner : null;
  const assignee = support?.source === name ? ticketOnScreen(support, options.currentRecord)?.assignee : null;
  const isOwnPlatform = host.person?.startsWith(`${name}.`) ?? false;
  const me = isOwnPlatform ? [{ ref: null, label: t("act.you") }] : [];
  const owners = [
    ...(accountOwner?.kind === "user" ? ownerOf(scope, name, { ...accountOwner, role: "account_owner" }) : []),
    ...(assignee ? ownerOf(scope, name, { ...assignee, role: "assignee" }) : []),
  ];
  return { label, owners: [...me, ...owners.filter(({ ref }) => ref !== host.person)] };
}

/** None without a name: the person could not tell who it is. */
function ownerOf(
  { t }: Scope,
  platform: string,
  { id, name, role }: { id: string; name: string | null; role: "account_owner" | "assignee" },
): FollowUpView["targets"][number]["owners"] {
  return name ? [{ ref: `${platform}.user:${id}`, label: t(`act.follow_up.${role}`, { name }) }] : [];
}

function revealView(parts: Parts): RevealView {
  const { t } = parts.scope;
  return {
    title: t("act.reveal.title"),
    text: t("act.reveal.text"),
    reasonLabel: t("act.reveal.reason"),
    reasonHint: t("act.reveal.hint"),
    reveal: action(parts, "reveal", t("act.reveal"), t("act.reveal.sending")),
    cancel: t("act.cancel"),
  };
}

/** What was done last, and a follow-up that failed: its news may come after another action. */
function statusText({ scope, state }: Parts): string {
  const { followUp } = state;
  const doneText = textOfDone(scope, state.done);
  if (!followUp) return doneText;
  const hasFailed = followUp.state !== "waiting" && followUp.state !== "done";
  if (doneText && !hasFailed) return doneText;
  return [doneText, followUpText(scope, followUp)].filter(Boolean).join(" · ");
}

function textOfDone({ t }: Scope, done: ActionsState["done"]): string {
  return done === null ? "" : t.maybe(`act.done.${done}`, "");
}

function followUpText({ t }: Scope, { platform, state, message }: NonNullable<ActionsState["followUp"]>): string {
  const name = sourceName(t, platform);
  switch (state) {
    case "done":
      return t("act.follow_up.done", { platform: name });
    case "dead_letter":
    case "blocked":
      return t("act.follow_up.failed", { platform: name, reason: message ?? t("problem.other") });
    case "withheld":
      return t("act.follow_up.withheld", { platform: name });
    default:
      return t("act.follow_up.sent", { platform: name });
  }
}

function failureText({ scope, state }: Parts): string {
  const { failure } = state;
  if (!failure) return "";
  const { t } = scope;
  switch (failure.code) {
    case "incomplete":
      return missingText(scope, failure.kind);
    // It may have been done; the same key makes the second attempt harmless.
    case "network":
    case "timeout":
      return t("act.failed.unanswered");
    case "unauthenticated":
      return t("act.failed.session");
    case "conflict":
      return t("act.failed.conflict");
    case "forbidden":
      return t("act.failed.forbidden");
    default:
      return t("act.failed", { reason: t.maybe(`problem.${failure.code}`, t("problem.other")) });
  }
}

/** What a person has to write before the action can be taken. */
function missingText({ t }: Scope, kind: ActionCommand["kind"]): string {
  if (kind === "follow-up") return t("act.missing.follow_up");
  return kind === "reveal" ? t("act.missing.reveal", { n: limits.shortestReason }) : t("act.missing.note");
}
