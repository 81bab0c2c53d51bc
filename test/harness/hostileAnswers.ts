import type { Card } from "@sidelight/contracts/cards/card.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { CustomerList } from "@sidelight/contracts/customers/customer.ts";
import { fixtureIdentity } from "../lab/hosts/zendesk/fixtureIdentity.ts";

const markup = `<img src=x onerror="document.title='owned'">`;
const override = "Ada \u202egnp.exe";
const longName = "Lopadotemachoselachogaleokranio".repeat(7).slice(0, 200);
const hostileTexts = [markup, override, longName] as const;

/** Members that hold what people and companies have written. */
const writtenMembers = new Set([
  ...["name", "label", "title", "subject", "body", "author", "detail", "text", "message", "evidence"],
  ...["plan", "stage", "nextStep", "requester", "step", "contact", "email", "assigneeName", "description"],
]);

/** The same answer with hostile text wherever a person, a company or a service has written something. */
export function hostileAnswer<T>(answer: T): T {
  let count = 0;
  const next = (): string => hostileTexts[count++ % hostileTexts.length]!;
  const change = (value: unknown, key: string, siblings: object): unknown => {
    if (Array.isArray(value)) return value.map((entry) => change(entry, key, siblings));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, change(entry, name, value)]));
    if (typeof value !== "string" || value === "") return value;
    if (key === "link" || key === "url") return "javascript:document.title='owned'";
    // A value with a label is a person's text; others are numbers, days and enumerations.
    const isWritten = writtenMembers.has(key) || (key === "value" && "label" in siblings);
    return isWritten ? next() : value;
  };
  return change(answer, "", {}) as T;
}

/** A section of the tenant's own service, with every component. */
const card = (): Card => ({
  ...{ key: "orders", title: "Orders", state: "ok", loadedAt: new Date(0).toISOString(), timeToLiveSeconds: 60, problem: null },
  components: [
    { type: "text", text: "A paragraph" },
    { type: "row", label: "Order", value: { text: "4711" } },
    { type: "badge", text: "Paid", tone: "success" },
    { type: "link", text: "Invoice", url: "https://shop.example/" },
  ],
});

/** The context with a section of a card. */
const withCards = (context: Context): Context => ({
  ...context,
  layout: {
    ...{ config: "v1", facts: null, rows: [], fields: [], labels: { support: "Help desk" } },
    sections: ["health", "account", "support", "product", "timeline", "notes", "orders"],
    cards: [{ key: "orders", title: "Orders" }],
    thresholds: { renewalSoonDays: 60, lowSatisfaction: 0.8, oldTicketHours: 72 },
  },
});

/** Answers the calls of a panel about one customer with hostile text. */
export function hostileReply(context: Context): (request: Request) => Response | undefined {
  return ({ url }) => {
    const { pathname } = new URL(url);
    if (/\/v1\/context\//.test(pathname)) {
      const { layout, ...answer } = hostileAnswer(withCards(context));
      return Response.json({ ...answer, layout: { ...layout, labels: { support: override } } });
    }
    if (/\/v1\/identity\//.test(pathname)) return Response.json(hostileAnswer(fixtureIdentity("person:x")));
    if (pathname.endsWith("/v1/cards")) return Response.json(hostileAnswer({ items: [card()], nextCursor: null }));
    if (/\/v1\/timeline\//.test(pathname))
      return Response.json(hostileAnswer({ items: context.sections.timeline?.data?.items ?? [], nextCursor: null }));
    return undefined;
  };
}

/** A rep's accounts, one for each hostile text. */
export const hostileCustomers = (): CustomerList => ({
  items: hostileTexts.map((name, index) => ({
    ...{ id: `company:${index}`, name, record: null, link: "javascript:document.title='owned'" },
    owner: { id: "1", name, kind: "user" as const },
    ...{ arr: null, renewalDate: null, health: { score: 31, band: "at_risk" as const, since: null } },
    usage: { trend: null, since: null, lastActiveAt: null },
    reasons: [{ reason: "at_risk" as const, since: "2026-11-18T10:00:00.000Z", days: 12 }],
    ...{ pinned: false, computedAt: "2026-11-30T10:00:00.000Z", masked: [] },
  })),
  nextCursor: null,
});

interface DomNode {
  nodeType: number;
  nodeName: string;
  data?: string;
  src?: string;
  href?: string;
  protocol?: string;
  outerHTML?: string;
  hasAttribute?(name: string): boolean;
  parentElement: DomNode | null;
  shadowRoot?: DomNode | null;
  childNodes: Iterable<DomNode>;
  getRootNode(): { host?: DomNode };
}

/**
 * What a hostile text has done to a part of a page: elements, links, a direction that leaves its value, a page that is too wide. Runs
 * in the page.
 */
export const hostileEffects = (root: unknown): string[] => {
  const { document, location, getComputedStyle } = globalThis as unknown as {
    document: { title: string; documentElement: { scrollWidth: number; clientWidth: number } };
    location: { origin: string };
    getComputedStyle(element: unknown): { unicodeBidi: string };
  };
  const faults: string[] = document.title.includes("owned") ? ["a script ran"] : [];
  const hostOf = (node: DomNode): DomNode | null => node.parentElement ?? node.getRootNode().host ?? null;
  const isIsolated = (node: DomNode): boolean => {
    for (let at = hostOf(node); at; at = hostOf(at)) if (/isolate|plaintext/.test(getComputedStyle(at).unicodeBidi)) return true;
    return false;
  };
  const visit = (node: DomNode): void => {
    const text = node.data ?? "";
    if (/\u202e(?![^\u202c\u2069]*[\u202c\u2069])/.test(text) && !isIsolated(node))
      faults.push(`a direction override reaches beyond: ${text.slice(0, 60)}`);
    if (/^(IMG|IFRAME|SCRIPT|OBJECT|EMBED)$/.test(node.nodeName) && !node.src?.startsWith(location.origin))
      faults.push(`an element ${node.outerHTML}`);
    if (node.nodeName === "A" && node.hasAttribute?.("href") && !/^https?:$/.test(node.protocol ?? ""))
      faults.push(`a link to ${node.href}`);
    if (node.shadowRoot) visit(node.shadowRoot);
    for (const child of node.childNodes) visit(child);
  };
  visit(root as DomNode);
  const { scrollWidth, clientWidth } = document.documentElement;
  return scrollWidth > clientWidth ? [...faults, `the page scrolls sideways by ${scrollWidth - clientWidth} px`] : faults;
};
