import { type FixtureName, fixtures } from "@sidelight/panel/fixtures/index.ts";
import { Hono } from "hono";

/** Undefined leaves the request to the fixtures. */
type Reply = (request: Request) => Response | undefined | Promise<Response | undefined>;
type Sections = Record<string, { state: string }>;

/** One record per fixture, so that each state has an address: `001DEV000000000AAA` and on. */
export const devRecords = (Object.keys(fixtures) as FixtureName[]).map((fixture, index) => {
  const company = fixture === "company";
  return {
    fixture,
    object: company ? "Account" : "Contact",
    id: `${company ? "001" : "003"}DEV${String(index).padStart(9, "0")}AAA`,
  };
});

export interface DevApi {
  app: Hono;
  /** Every request in order, as `GET /v1/context/…`. */
  requests: string[];
  /** Answers the next requests before the fixtures do, the last one again and again until `clear`. */
  answer: (reply: Reply) => void;
  clear: () => void;
}

/** The context API with the panel's fixtures for answers: for work on the panel, and for its tests. */
export function devApi(now: () => number = Date.now): DevApi {
  const app = new Hono();
  const requests: string[] = [];
  let override: Reply | undefined;

  app.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    requests.push(`${c.req.method} ${decodeURIComponent(pathname)}${search}`);
    const answer = await override?.(c.req.raw);
    if (answer) c.res = answer;
    else await next();
    c.header("x-request-id", `req_dev_${requests.length}`);
    return c.res;
  });
  app.get("/v1/context/:ref", (c) => c.json(contextOf(c.req.param("ref"), c.req.query("sections"), now())));
  app.post("/v1/context/:ref/refresh", (c) => c.json(contextOf(c.req.param("ref"), undefined, now())));
  app.notFound((c) =>
    c.json({ type: "about:blank", title: "Not found", status: 404, code: "not_found", detail: "", requestId: "" }, 404),
  );

  return {
    app,
    requests,
    answer: (reply) => {
      override = reply;
    },
    clear: () => {
      override = undefined;
      requests.length = 0;
    },
  };
}

function contextOf(ref: string, sections: string | undefined, now: number): object {
  const record = devRecords.find(({ id }) => ref.endsWith(id));
  // What was picked among candidates, and what was pending at first, is the rich one.
  const whole = fixtures[record && !(sections && record.fixture === "pending") ? record.fixture : "rich"](now);
  if (!sections) return whole;
  const wanted = sections.split(",");
  const kept = Object.entries(whole.sections as Sections).filter(([name]) => wanted.includes(name));
  return { ...whole, sections: Object.fromEntries(kept) };
}

/** The Salesforce page around the panel, made up. */
export async function devRecord(object: string, id: string, fields: string[]): Promise<Record<string, unknown>> {
  const record = devRecords.find((entry) => entry.id === id);
  const made: Record<string, unknown> = {
    Id: id,
    Name: object === "User" ? "Dana Reed" : (record?.fixture ?? "Lovelace Analytics"),
    OwnerId: "005DEV000000000AAA",
    AccountId: "001DEV000000003AAA",
    Type: "Customer",
    Industry: "Software",
    Website: "https://lovelace.example",
    Phone: "+49 30 5550 123",
    Title: "Head of Data",
    Email: "ada@lovelace.example",
    NumberOfEmployees: 340,
    BillingCountry: "Germany",
    LastModifiedDate: "2026-11-20T09:30:00.000Z",
    HasOptedOutOfEmail: false,
  };
  return Object.fromEntries(fields.map((field) => [field, made[field] ?? null]));
}

/** Related lists of that page, whatever is asked of them. */
export async function devQuery(soql: string): Promise<{ records: unknown[] }> {
  const rows: Record<string, Record<string, unknown>[]> = {
    Contact: [
      { Id: "003DEV000000000AAA", Name: "Ada Lovelace", Title: "Head of Data", Email: "ada@lovelace.example" },
      { Id: "003DEV000000002AAA", Name: "Charles Babbage", Title: "Engineer", Email: "charles@lovelace.example" },
    ],
    Opportunity: [
      {
        Id: "006DEV000000000AAA",
        Name: "Expansion: 40 seats",
        StageName: "Negotiation",
        Amount: 96_000,
        CloseDate: "2026-12-14",
        CurrencyIsoCode: "EUR",
      },
    ],
    Case: [],
  };
  return { records: rows[/ FROM (\w+)/.exec(soql)?.[1] ?? ""] ?? [] };
}
