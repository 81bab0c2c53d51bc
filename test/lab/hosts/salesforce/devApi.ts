import type { ProblemCode } from "@sidelight/contracts/errors/problem.ts";
import { type FixtureName, fixtures } from "@sidelight/panel/fixtures/index.ts";
import { Hono } from "hono";
import { actionPaths, type FixtureActions, fixtureActions } from "../zendesk/fixtureActions.ts";
import { problem } from "../zendesk/fixtureApi.ts";
import { fixtureIdentity } from "../zendesk/fixtureIdentity.ts";

/** Returns undefined to use the fixture. */
type ReplyOverride = (request: Request) => Response | undefined | Promise<Response | undefined>;
type Sections = Record<string, { state: string }>;

/** Answers without a context: problems, one that never arrives, and the normal answer to a browser without a network. */
const failures = ["loading", "forbidden", "rate_limited", "internal", "unauthenticated"] as const;
type Failure = (typeof failures)[number];
/** A record whose page is without a network. */
const offline = "offline";
type RecordFixture = FixtureName | Failure | typeof offline;

const companyFixtures: ReadonlySet<RecordFixture> = new Set(["company", "group"]);

/** One record for each fixture and failure, so that each panel state has a URL: ids from `001DEV000000000AAA`. */
const allRecords = ([...Object.keys(fixtures), ...failures, offline] as RecordFixture[]).map((fixture, index) => {
  const isCompany = companyFixtures.has(fixture);
  return {
    fixture,
    object: isCompany ? "Account" : "Contact",
    id: `${isCompany ? "001" : "003"}DEV${String(index).padStart(9, "0")}AAA`,
  };
});
const hasContext = ({ fixture }: { fixture: RecordFixture }): boolean => Object.hasOwn(fixtures, fixture);

/** Records that are answered with a context. */
export const devRecords = allRecords.filter(hasContext) as { fixture: FixtureName; object: string; id: string }[];
/** Records whose panel shows no customer. */
export const failedRecords = allRecords.filter((record) => !hasContext(record));

export interface DevApi {
  app: Hono;
  /** Every request, in order: `GET /v1/context/…`. */
  requests: string[];
  /** Accepted actions and pins. */
  actions: FixtureActions;
  /** Overrides the replies to all requests until `clear`. */
  replyWith: (reply: ReplyOverride) => void;
  clear: () => void;
}

/** A context API that replies with the panel's fixtures, for development and tests of the panel. */
export function devApi(now: () => number = Date.now): DevApi {
  const app = new Hono();
  const requests: string[] = [];
  const actions = fixtureActions(now, "salesforce");
  let override: ReplyOverride | undefined;

  app.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    requests.push(`${c.req.method} ${decodeURIComponent(pathname)}${search}`);
    const response = await override?.(c.req.raw);
    if (response) c.res = response;
    else if (actionPaths.test(pathname)) c.res = await actions.app.fetch(c.req.raw);
    else await next();
    c.header("x-request-id", `req_dev_${requests.length}`);
    return c.res;
  });
  app.get("/v1/context/:ref", (c) => answer(c.req.param("ref"), c.req.query("sections"), now()));
  app.post("/v1/context/:ref/refresh", (c) => answer(c.req.param("ref"), undefined, now()));
  app.get("/v1/identity/:node", (c) => c.json(fixtureIdentity(c.req.param("node"))));
  app.notFound((c) =>
    c.json({ type: "about:blank", title: "Not found", status: 404, code: "not_found", detail: "", requestId: "" }, 404),
  );

  return {
    app,
    requests,
    actions,
    replyWith: (reply) => {
      override = reply;
    },
    clear: () => {
      override = undefined;
      requests.length = 0;
      actions.taken.length = 0;
    },
  };
}

function answer(ref: string, sections: string | undefined, now: number): Response | Promise<Response> {
  const failure = failedRecords.find(({ id }) => ref.endsWith(id))?.fixture;
  if (failure === "loading") return new Promise(() => {});
  if (failure && failure !== offline) return problem(failure as ProblemCode);
  return Response.json(contextOf(ref, sections, now));
}

function contextOf(ref: string, sections: string | undefined, now: number): object {
  const record = devRecords.find(({ id }) => ref.endsWith(id));
  // A chosen candidate, and the second read of the pending fixture, get the rich fixture.
  const context = fixtures[record && !(sections && record.fixture === "pending") ? record.fixture : "rich"](now);
  if (!sections) return context;
  const names = sections.split(",");
  const sectionEntries = Object.entries(context.sections as Sections).filter(([name]) => names.includes(name));
  return { ...context, sections: Object.fromEntries(sectionEntries) };
}

const names: Record<string, string> = { User: "Dana Reed", Opportunity: "Expansion: 40 seats" };

/** Field values of the record page around the panel. */
export async function devRecord(object: string, id: string, fields: string[]): Promise<Record<string, unknown>> {
  const record = devRecords.find((entry) => entry.id === id);
  const values: Record<string, unknown> = {
    Id: id,
    Name: record?.fixture ?? names[object] ?? "Lovelace Analytics",
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
    StageName: "Negotiation",
    Amount: 96_000,
    CurrencyIsoCode: "EUR",
    CloseDate: "2026-12-14",
    Subject: "Export fails for reports over 10,000 rows",
    Status: object === "Lead" ? "Open - Not Contacted" : "Working",
    Priority: "High",
    Origin: "Email",
  };
  return Object.fromEntries(fields.map((field) => [field, values[field] ?? null]));
}

/** Rows of the related lists of the record page. */
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
