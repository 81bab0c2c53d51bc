import type { CustomerRow, ListReason } from "@sidelight/contracts/customers/customer.ts";
import { withContainedDirections } from "../direction.ts";
import { createFormatter } from "../format.ts";
import { createTranslator, type Messages, type Translator } from "../translate.ts";

/** What a list of the person's own accounts is drawn from. */
export interface MyAccountsState {
  reason: ListReason;
  phase: "loading" | "ready" | "failed";
  items: readonly CustomerRow[];
}

export interface MyAccountsOptions {
  /** BCP 47. */
  locale: string;
  /** The locale's texts. Missing ones stay English. */
  messages?: Messages | undefined;
}

export interface MyAccountsView {
  title: string;
  tabs: { reason: ListReason; label: string; isPressed: boolean }[];
  /** Shown instead of a list; "" when there is one. */
  note: string;
  /** Loads the list again; "" while that is not needed. */
  retryLabel: string;
  taskLabel: string;
  rows: {
    id: string;
    /** Id of the CRM's account; "" when there is none. */
    record: string;
    name: string;
    amount: string;
    /** "At risk for 12 days" */
    why: string;
    /** Names the account too, for a screen reader that lists the buttons. */
    taskName: string;
  }[];
}

const reasons: readonly ListReason[] = ["at_risk", "renewing", "gone_quiet"];

/** A rep's accounts that need a call, with the reason. Pure, as `toPanel`. */
export function toMyAccounts(state: MyAccountsState, { locale, messages = {} }: MyAccountsOptions): MyAccountsView {
  const f = createFormatter(locale, "UTC", 0);
  const t = createTranslator(locale, messages, f.number);
  const items = state.phase === "ready" ? withContainedDirections(state.items) : [];
  return {
    title: t("accounts.title"),
    tabs: reasons.map((reason) => ({ reason, label: t(`accounts.${reason}`), isPressed: reason === state.reason })),
    note: noteOf(t, state),
    retryLabel: state.phase === "failed" ? t("accounts.retry") : "",
    taskLabel: t("accounts.task"),
    rows: items.map((row) => {
      const name = row.name ?? row.id;
      return {
        id: row.id,
        record: row.record?.split(":")[1] ?? "",
        name,
        amount: row.arr ? f.money(row.arr) : "",
        why: whyText(t, state.reason, row),
        taskName: t("accounts.task_for", { name }),
      };
    }),
  };
}

function noteOf(t: Translator, { phase, items }: MyAccountsState): string {
  if (phase === "loading") return t("accounts.loading");
  if (phase === "failed") return t("accounts.failed");
  return items.length === 0 ? t("accounts.none") : "";
}

function whyText(t: Translator, reason: ListReason, { reasons: reasonsOfRow }: CustomerRow): string {
  const days = reasonsOfRow.find((entry) => entry.reason === reason)?.days;
  if (days === undefined) return "";
  if (reason === "at_risk") return days === 0 ? t("accounts.why.at_risk_today") : t.plural("accounts.why.at_risk", days);
  if (reason === "gone_quiet") return t.plural("accounts.why.gone_quiet", days);
  if (days === 0) return t("accounts.why.today");
  return days < 0 ? t.plural("accounts.why.overdue", -days) : t.plural("accounts.why.renewing", days);
}
