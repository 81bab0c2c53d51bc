import type { Context } from "@sidelight/contracts/context/context.ts";
import { type ProblemCode, problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { type FixtureName, fixtures } from "@sidelight/panel/fixtures/index.ts";
import { Hono } from "hono";
import { actionPaths, type FixtureActions, fixtureActions } from "./fixtureActions.ts";
import { fixtureIdentity } from "./fixtureIdentity.ts";
import { type FixtureStreams, fixtureStreams } from "./fixtureStreams.ts";

/** Answers without a context: problems, and one that never arrives. */
const failures = ["loading", "forbidden", "rate_limited", "internal", "unauthenticated"] as const;
type Failure = (typeof failures)[number];
export type Scenario = FixtureName | Failure;

const firstTicket = 5158;
/** One ticket per scenario, so that every state has its own address. */
export const scenarios = ([...Object.keys(fixtures), ...failures] as Scenario[]).map((scenario, index) => ({
  scenario,
  ticket: firstTicket + index,
}));

export const ticketOf = (scenario: Scenario): number => scenarios.find((entry) => entry.scenario === scenario)!.ticket;

export interface FixtureApi {
  app: Hono;
  /** Every request in order, as `GET /v1/context/…?…`. Requests for streams are in `streams`. */
  requests: string[];
  streams: FixtureStreams;
  /** Actions and pins, whose requests are not in `requests`. */
  actions: FixtureActions;
  /** Replaces the fixtures until `clear`; undefined leaves a request to them. */
  intercept: (answer: (request: Request) => Response | Promise<Response> | undefined) => void;
  clear: () => void;
}

const streamPaths = /\/v1\/(sessions|context\/[^/]+\/stream)$/;

/** The context API with the panel's fixtures for answers. */
export function fixtureApi(now: () => number = Date.now): FixtureApi {
  const app = new Hono();
  const requests: string[] = [];
  let interceptor: Parameters<FixtureApi["intercept"]>[0] | null = null;
  const streams = fixtureStreams((ref) => {
    const scenario = scenarioOf(ref);
    return isFailure(scenario) ? null : { ...fixtures[scenario](now()), ref };
  });

  const actions = fixtureActions(now);

  app.use(async (c, next) => {
    if (streamPaths.test(c.req.path)) return await streams.app.fetch(c.req.raw);
    if (actionPaths.test(c.req.path)) return (await interceptor?.(c.req.raw)) ?? (await actions.app.fetch(c.req.raw));
    requests.push(`${c.req.method} ${requestLine(c.req.url)}`);
    if (!/^Bearer \S+$/.test(c.req.header("authorization") ?? "")) return problem("unauthenticated");
    const response = await interceptor?.(c.req.raw);
    if (response) return response;
    await next();
    c.header("x-request-id", `req-fixture-${requests.length}`);
    return;
  });
  app.get("/v1/context/:ref", (c) => answer(c.req.param("ref"), c.req.query("sections"), c.req.query("deadline"), now()));
  app.post("/v1/context/:ref/refresh", (c) => answer(c.req.param("ref"), undefined, undefined, now()));
  app.post("/v1/contexts", (c) => c.json({ items: [{ ...fixtures.rich(now()), ref: "email:•••" }] }));
  app.get("/v1/identity/:node", (c) => c.json(fixtureIdentity(c.req.param("node"))));
  app.notFound(() => problem("not_found"));

  return {
    app,
    requests,
    streams,
    actions,
    intercept: (next) => {
      interceptor = next;
    },
    clear: () => {
      interceptor = null;
      requests.length = 0;
      streams.clear();
      actions.taken.length = 0;
    },
  };
}

function answer(
  ref: string,
  sections: string | undefined,
  deadline: string | undefined,
  now: number,
): Response | Promise<Response> {
  const scenario = scenarioOf(ref);
  if (scenario === "loading") return new Promise(() => {});
  if (isFailure(scenario)) return problem(scenario);
  // The follow-up waits longer and gets the late section.
  const context = fixtures[scenario === "pending" && deadline ? "rich" : scenario](now);
  return Response.json(sections ? only(context, sections.split(",")) : { ...context, ref });
}

/** Candidates and all other refs lead to the rich customer. */
function scenarioOf(ref: string): Scenario {
  return (
    scenarios.find(({ ticket }) => ref === `zendesk.ticket:${ticket}`)?.scenario ??
    (ref.startsWith("zendesk.organization") ? "company" : "rich")
  );
}

function isFailure(scenario: Scenario): scenario is Failure {
  return (failures as readonly string[]).includes(scenario);
}

function only(context: Context, names: readonly string[]): Context {
  const sections = Object.entries(context.sections).filter(([name]) => names.includes(name));
  return { ...context, sections: Object.fromEntries(sections) };
}

export function problem(code: ProblemCode, headers: Record<string, string> = {}): Response {
  const { status, title } = problemCodes[code];
  const body = { type: `/docs/errors#${code}`, title, status, code, detail: title, requestId: `req-${code}` };
  const retry: Record<string, string> = status === 429 ? { "retry-after": "24" } : {};
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...retry, ...headers },
  });
}

/** The path and query without what the layout depends on: the same for every reader. */
function requestLine(url: string): string {
  const { pathname, searchParams } = new URL(url);
  for (const name of ["place", "team", "locale"]) searchParams.delete(name);
  return decodeURIComponent(pathname) + (searchParams.size > 0 ? `?${searchParams}` : "");
}
