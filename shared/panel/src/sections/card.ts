import type { Card, CardComponent } from "@sidelight/contracts/cards/card.ts";
import { withContainedDirections } from "../direction.ts";
import { agoText } from "../format.ts";
import { instant } from "../freshness.ts";
import { labelOf } from "../layout.ts";
import { plainRow } from "../rows.ts";
import { type Scope, safeLink } from "../scope.ts";
import type { LinkView, RowView, SectionView, Tone } from "../view.ts";

/** The parts of a section that a card of a tenant's own service fills. A failed card keeps its title, and can be asked again. */
export function cardSection(scope: Scope, card: Card): Partial<SectionView> {
  const { t, options } = scope;
  const { state } = card;
  const { components } = withContainedDirections(card);
  const title = labelOf(options, card.key, card.title);
  const updating = (options.updatingCards ?? []).includes(card.key);
  return {
    title,
    state,
    status: updating ? { text: t("section.updating"), icon: "loading", tone: "muted" } : statusOf(scope, card),
    stale: state === "error" && components.length > 0,
    openAtFirst: state === "error",
    rows: components.flatMap((component, index) => rowOf(scope, component, index)),
    links: components.flatMap(linkOf),
    message: state === "empty" ? { text: t("card.empty"), hint: "", icon: "dash", tone: "muted" } : null,
    problem:
      state === "error"
        ? {
            text: failureText(scope, card, title),
            rest: t.maybe(`card.problem.${card.problem?.code}`, ""),
            requestId: null,
            retryLabel: t("section.retry"),
            canRetry: !options.offline,
            retryReason: options.offline ? t("action.reason.offline") : "",
          }
        : null,
  };
}

/** "Orders couldn't be loaded. Last good data 10:42" */
function failureText({ t, f }: Scope, { loadedAt }: Card, title: string): string {
  const text = t("card.failed", { title });
  return loadedAt === null ? text : t("section_problem.last_good", { text, when: f.moment(loadedAt) });
}

function statusOf({ t, now }: Scope, { state, loadedAt }: Card): SectionView["status"] {
  if (state === "error") return { text: t("status.error"), icon: "alert", tone: "warning" };
  const ms = instant(loadedAt);
  return {
    text: ms === null ? t("status.current") : t("status.ok", { ago: agoText(t, now - ms) }),
    icon: "check",
    tone: "muted",
  };
}

const tones: Readonly<Record<Extract<CardComponent, { type: "badge" }>["tone"], Tone>> = {
  neutral: "neutral",
  success: "good",
  warning: "warning",
  danger: "danger",
};

/** Texts and badges have no label. A divider has nothing to read. */
function rowOf(scope: Scope, component: CardComponent, index: number): RowView[] {
  const key = `${index}`;
  switch (component.type) {
    case "text":
      return [plainRow(key, "", component.text)];
    case "badge":
      return [{ ...plainRow(key, "", component.text), tone: tones[component.tone] }];
    case "row":
      return [plainRow(key, component.label, valueText(scope, component.value))];
    default:
      return [];
  }
}

function valueText({ f }: Scope, value: Extract<CardComponent, { type: "row" }>["value"]): string {
  if ("text" in value) return value.text;
  if ("number" in value) return f.number(value.number);
  return "money" in value ? f.money(value.money) : f.moment(value.at);
}

function linkOf(component: CardComponent, index: number): LinkView[] {
  const url = component.type === "link" ? safeLink(component.url) : null;
  return component.type === "link" && url ? [{ key: `${index}:${url}`, label: component.text, url }] : [];
}
