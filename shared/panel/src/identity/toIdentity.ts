import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import type { Suggestion, SuggestionSide } from "@sidelight/contracts/identity/evidence.ts";
import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import { createScope, humanize, initialsOf, type Scope } from "../scope.ts";
import type { ActionView, CandidateView, PanelOptions } from "../view.ts";
import type { IdentityState } from "./identity.ts";
import type { IdentityCommand } from "./transport.ts";

/** A button that changes who is who. */
export interface IdentityAction extends ActionView {
  command: IdentityCommand;
}

export interface IdentityView {
  /** Below the header: what was chosen or decided here, and what can be done about it. */
  notice: { text: string; action: IdentityAction | null } | null;
  /** "" or why the last change failed, for an alert. */
  failure: string;
  /** The part "Wrong customer?", or null while it is closed. */
  part: IdentityPart | null;
}

export interface IdentityPart {
  title: string;
  closeLabel: string;
  /** "" once it is loaded. */
  loading: string;
  /** Why nothing can be changed; "" when it can. */
  reason: string;
  why: { title: string; items: { key: string; text: string }[] };
  reject: IdentityAction;
  others: { title: string; items: (CandidateView & { use: IdentityAction })[] };
  decisions: { title: string; items: { key: string; text: string; undo: IdentityAction | null }[] };
}

/** The texts and actions of "Wrong customer?" for the answer on screen. Pure, as `toPanel`. */
export function toIdentity(context: Context | null, options: PanelOptions, state: IdentityState): IdentityView {
  const scope = createScope(context, options);
  const { t } = scope;
  const reason = state.problem && t.maybe(`problem.${state.problem}`, t("problem.other"));
  return {
    notice: noticeOf(scope, state),
    failure: reason ? t("identity.failed", { reason }) : "",
    part: state.isOpen && context?.customer ? partOf(scope, state) : null,
  };
}

/** Without the right, or without a connection, a change would fail: the button names the reason. */
function action(
  { t, context, options }: Scope,
  { phase }: IdentityState,
  label: string,
  command: IdentityCommand,
): IdentityAction {
  const isAllowed = context?.permissions.act.includes("identify") === true;
  const reason = options.offline ? t("action.reason.offline") : isAllowed ? "" : t("identity.forbidden");
  return { label, reason, disabled: reason !== "" || phase === "changing", command };
}

function noticeOf(scope: Scope, state: IdentityState): IdentityView["notice"] {
  const { t, context, options } = scope;
  const { lastChange } = state;
  if (options.chosen && context?.customer) {
    const label = t(context.kind === "company" ? "identity.remember.company" : "identity.remember.person");
    return { text: "", action: action(scope, state, label, { kind: "link", to: context.customer.id }) };
  }
  if (!lastChange) return null;
  const undo = action(scope, state, t("identity.undo"), { kind: "undo", decisions: lastChange.decisions });
  const isUndoable = lastChange.kind !== "undo" && lastChange.decisions.length > 0;
  return { text: t(`identity.done.${lastChange.kind}`), action: isUndoable ? undo : null };
}

function partOf(scope: Scope, state: IdentityState): IdentityPart {
  const { t, context } = scope;
  const { identity } = state;
  const isCompany = context?.kind === "company";
  const label = t(isCompany ? "identity.reject.company" : "identity.reject.person");
  const reject = action(scope, state, label, { kind: "unlink" });
  return {
    title: t("identity.title"),
    closeLabel: t("label.close"),
    loading: state.phase === "loading" ? t("identity.loading") : "",
    why: { title: t("identity.why"), items: identity ? reasonsOf(identity) : [] },
    reason: reject.reason,
    reject,
    others: {
      title: t("identity.others"),
      items: identity ? othersOf(scope, state, identity) : [],
    },
    decisions: { title: t("identity.decisions"), items: identity ? decisionsOf(scope, state, identity) : [] },
  };
}

const maxItems = 3;

/** Each reason once: several records are often linked by the same fact. */
function reasonsOf({ members }: Identity): { key: string; text: string }[] {
  const texts = members.flatMap(({ reasons }) => reasons.map(({ text }) => text));
  return [...new Set(texts)].slice(0, maxItems).map((text) => ({ key: text, text }));
}

function othersOf(scope: Scope, state: IdentityState, identity: Identity): IdentityPart["others"]["items"] {
  const { t } = scope;
  const suggestions = identity.candidates.filter((suggestion) => suggestion.state === "open");
  return suggestions.slice(0, maxItems).map((suggestion) => {
    const { id, label, members } = sideOf(suggestion, identity.id);
    const facts = members.flatMap((member) => member.facts).slice(0, 4);
    return {
      id,
      label,
      initials: initialsOf(label),
      kindText: t(suggestion.kind === "company" ? "candidate.company" : "candidate.person"),
      facts: facts.map((fact, index) => ({ key: `${index}`, label: humanize(fact.label), text: fact.value })),
      hint: "",
      chooseLabel: t("candidate.choose", { name: label }),
      use: action(scope, state, t("identity.use", { name: label }), { kind: "link", to: id }),
    };
  });
}

/** The side that is not the customer on screen. */
const sideOf = ({ left, right }: Suggestion, id: string): SuggestionSide => (left.id === id ? right : left);

function decisionsOf(scope: Scope, state: IdentityState, { history }: Identity): IdentityPart["decisions"]["items"] {
  const { t } = scope;
  return history
    .filter(isUndoable)
    .slice(0, maxItems)
    .map(({ id, type, at: instant, actor }) => {
      const text = t(actor.kind === "model" ? "identity.decided.model" : "identity.decided.person", {
        what: t(`identity.decision.${type}`),
        when: scope.f.moment(instant),
      });
      return { key: id, text, undo: action(scope, state, t("identity.undo"), { kind: "undo", decisions: [id] }) };
    });
}

const isUndoable = ({ undone, type }: Decision): boolean => !undone && type !== "undone";
