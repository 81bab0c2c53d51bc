import { Context } from "@sidelight/contracts/context/context.ts";
import { expect, it } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import { toPanel } from "./toPanel.ts";
import type { PanelOptions } from "./view.ts";

/** Fields that no person reads, with the reason. Every other field of the context changes what a panel shows. */
const withoutReader: Readonly<Record<string, string>> = {
  "/ref": "it is what the panel asked for",
  "/config": "names the configuration, for support",
  "/match/searched/*/at": "the search has just happened",
  "/customer/id": "used in calls, and by the corrections of the customer",
  "/customer/provenance": "which record a name comes from is for those who correct customers",
  "/customer/company/id": "an identifier of Sidelight's own",
  "/customer/company/parent/id": "an identifier of Sidelight's own",
  "/customer/company/domain": "the company's name is better, where there is one; shown for a company without a parent",
  "/permissions/pii": "the server has masked the values already",
  "/permissions/reveal": "among the actions in act",
  "/layout/config": "compared by the session, which reads a new layout",
  "/layout/labels": "by the name of a fact or section, see layout.test.ts",
  "/sections/account/data/fields": "shown where a layout names a field, see layout.test.ts",
  "/sections/support/data/fields": "shown where a layout names a field, see layout.test.ts",
  "/sections/product/data/fields": "shown where a layout names a field, see layout.test.ts",
  "/sections/account/data/id": "the account's link opens it",
  "/sections/account/data/owner/id": "shown in place of an owner without a name",
  "/sections/account/data/owner/email": "the owner's name is enough beside a customer",
  "/sections/support/data/tickets/*/assignee/id": "an identifier of the platform",
  "/sections/support/data/tickets/*/createdAt": "shown for a ticket without an update",
  "/sections/product/data/funnel/step": "follows from the steps",
  "/sections/health/data/drivers/*/weight": "the points say what it did",
  "/sections/notes/data/items/*/authorRef": "compared with the person, for what they may remove",
  "/sections/notes/data/items/*/role": "shown in place of an author without a name",
};
/** Members that all sections share and that are read for some of them only. */
const sharedMembers =
  /^\/sections\/\w+\/(source|changedAt|freshUntil|staleAt|observedAt|provenance|absent|masked|links|problem)(\/|$)/;
const now = Date.parse("2026-11-21T09:30:00Z");
/** Pages that show different parts of an answer. */
const pages: Partial<PanelOptions>[] = [
  { place: places.ticket, offline: true, currentRecord: "zendesk.ticket:5158" },
  { place: places.ticket, currentRecord: "zendesk.ticket:5077" },
  { place: places.organization },
  { place: places.account, currentRecord: "salesforce.opportunity:0068b00001Opp01" },
];
/** What a deployment decides, with a mapped field and a card. */
const withLayout = (at: number): Context => {
  const answer = fixtures.atRisk(at);
  const { account, support } = answer.sections;
  Object.assign(account?.data ?? {}, { renewalDate: "2026-12-31", fields: { seats: 1_200 } });
  Object.assign(support?.data ?? {}, { highestPriority: "normal", oldestOpenAt: "2026-11-19T09:30:00Z" });
  return {
    ...answer,
    layout: {
      ...{ config: "v1", sections: ["account", "support", "orders"], facts: ["arr", "csat", "open_tickets", "field:seats"] },
      ...{ rows: ["field:seats"], labels: {}, cards: [{ key: "orders", title: "Orders" }] },
      fields: [{ key: "field:seats", label: "Seats", section: "account", type: "number" }],
      thresholds: { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 72 },
    },
  };
};
/** Together they have a value for every field. */
const answers = [
  fixtures.rich,
  fixtures.group,
  fixtures.withNotes,
  fixtures.sameName,
  fixtures.none,
  fixtures.forbiddenSection,
  fixtures.oneDown,
  fixtures.notConnected,
  fixtures.atRisk,
  fixtures.empty,
  withLayout,
];
/** Entries of a list differ: the ticket on screen is one of them. */
const maxEntries = 6;

type Schema = {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  additionalProperties?: Schema;
};

/** The paths of all values, with `*` for the entries of a list. */
function pathsOf(schema: Schema, path = ""): string[] {
  const branches = (schema.anyOf ?? [schema]).filter(({ type }) => type !== "null");
  const paths = branches.flatMap((branch) => {
    if (branch.properties)
      return Object.entries(branch.properties).flatMap(([name, member]) => pathsOf(member, `${path}/${name}`));
    return branch.items ? pathsOf(branch.items, `${path}/*`) : [path];
  });
  return [...new Set(paths)];
}

/** Other values for the one at a path: a field has a reader if one of them changes the view. */
function otherValues(value: unknown): unknown[] {
  if (typeof value === "number") return [value + 7, value / 3, null];
  if (typeof value === "boolean") return [!value];
  if (typeof value !== "string") return ["x", 3, true, "2026-09-01T00:00:00.000Z", "https://changed.example/"];
  if (/^\d{4}-\d{2}-\d{2}/.test(value)) return [value.replace(/^\d{4}-\d{2}/, "2026-08"), null];
  return [`${value}x`, "urgent", "company", "https://changed.example/", null];
}

/** Each value of an answer: where it is, by its general path, and how to replace it. */
function valuesOf(answer: unknown): { path: string; value: unknown; replaced: (value: unknown) => Context }[] {
  const foundValues: ReturnType<typeof valuesOf> = [];
  const visit = (value: unknown, path: string, keys: (string | number)[]): void => {
    if (Array.isArray(value)) for (const [index, entry] of value.entries()) visit(entry, `${path}/*`, [...keys, index]);
    else if (typeof value === "object" && value !== null)
      for (const [name, member] of Object.entries(value)) visit(member, `${path}/${name}`, [...keys, name]);
    else foundValues.push({ path, value, replaced: (replacement) => replace(answer, keys, replacement) });
  };
  visit(answer, "", []);
  return foundValues;
}

function replace(answer: unknown, keys: readonly (string | number)[], value: unknown): Context {
  const copy = structuredClone(answer) as Context;
  const parent = keys.slice(0, -1).reduce<unknown>((node, key) => (node as Record<string | number, unknown>)[key], copy);
  (parent as Record<string | number, unknown>)[keys.at(-1) ?? ""] = value;
  return copy;
}

const viewsOf = (answer: Context): string[] =>
  pages.map((page) =>
    JSON.stringify(toPanel(answer, { locale: "en", timeZone: "UTC", now, place: places.ticket, layout: answer.layout, ...page })),
  );

const isShown = (answer: Context, views: readonly string[]): boolean =>
  viewsOf(answer).some((view, index) => view !== views[index]);

/** The paths whose value changes a view of one of the answers. */
function readPaths(contexts: readonly Context[], paths: ReadonlySet<string>): Set<string> {
  const read = new Set<string>();
  for (const context of contexts) {
    const views = viewsOf(context);
    const tries = new Map<string, number>();
    for (const { path, value, replaced } of valuesOf(context)) {
      const count = tries.get(path) ?? 0;
      tries.set(path, count + 1);
      if (count >= (path in withoutReader ? 1 : maxEntries) || !paths.has(path) || read.has(path)) continue;
      if (otherValues(value).some((otherValue) => isShown(replaced(otherValue), views))) read.add(path);
    }
  }
  return read;
}

it("every field of the context is shown by a panel, or listed with the reason", () => {
  const paths = pathsOf(Context.toJSONSchema({ unrepresentable: "any" }) as Schema).filter((path) => !sharedMembers.test(path));
  expect(paths.length).toBeGreaterThan(80);
  const read = readPaths(
    answers.map((answer) => answer(now)),
    new Set(paths),
  );
  const unread = paths.filter((path) => !read.has(path) && !(path in withoutReader));
  expect(unread).toEqual([]);
  // An exception that is not needed hides a later fault.
  expect(Object.keys(withoutReader).filter((path) => read.has(path) || !paths.includes(path))).toEqual([]);
});
