import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { FAULT_KINDS, type Faults, ODD_ANSWER_KINDS } from "../simulators/faults.ts";
import { foreignRequest } from "../simulators/localOnly.ts";
import { type RequestLog, TARGETS } from "../simulators/log.ts";
import { CHANNELS, type Operations } from "../simulators/operations/index.ts";
import { listen, type RunningServer } from "../simulators/server.ts";
import type { WebhookLog } from "../webhooks/webhookLog.ts";
import { DELIVERIES } from "../world/cause.ts";
import { KINDS, type ScenarioKind } from "../world/mutations/index.ts";
import type { TenantWorld } from "../world/tenant.ts";
import { effectsOf } from "./effects.ts";
import { ScenarioError, type ScenarioRequest, type ScenarioResult, worldOf } from "./scenario.ts";

export interface ControlDeps {
  worlds: Record<string, TenantWorld>;
  log: RequestLog;
  faults: Faults;
  /** Log of the lab's webhooks. */
  webhookLog: WebhookLog;
  /** Messages about alerts. */
  operations: Pick<Operations, "list">;
  runScenario(request: ScenarioRequest): ScenarioResult;
  reset(): void;
}

const Platform = z.enum(TARGETS);
const Fault = z.strictObject({
  platform: Platform,
  kind: z.enum([...FAULT_KINDS, ...ODD_ANSWER_KINDS]),
  rate: z.number().min(0).max(1),
  ms: z.number().min(0).max(600_000).optional(),
  status: z.number().int().min(400).max(599).optional(),
  path: z.string().startsWith("/").optional(),
  processed: z.boolean().optional(),
  tenant: z.string().optional(),
  seed: z.number().int().default(1),
});
const Scenario = z.strictObject({
  kind: z.enum(KINDS),
  seed: z.number().int().optional(),
  delivery: z.enum(DELIVERIES).optional(),
  tenant: z.string().default("acme"),
  customer: z.string().max(600).optional(),
});
const Since = z.string().transform((text, context) => {
  const instant = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(instant)) context.addIssue({ code: "custom", message: "an ISO time or milliseconds since 1970" });
  return instant;
});
const Filter = z.object({ platform: Platform.optional(), tenant: z.string().optional(), since: Since.optional() });

const NotificationFilter = z.object({ channel: z.enum(CHANNELS).optional(), tenant: z.string().optional() });

class BadRequest extends Error {}

type Reply = { status: number; body?: unknown };

/** The lab's control API. DESIGN.md fixes its paths and members. */
export async function startControl(deps: ControlDeps, port = 0): Promise<RunningServer> {
  const server = createServer((req, res) => {
    const refusal = foreignRequest(req, (server.address() as AddressInfo).port);
    if (refusal !== null)
      return reply(res, { status: 403, body: { type: "about:blank", title: "Forbidden", status: 403, detail: refusal } });
    route(deps, req).then(
      (result) => reply(res, result),
      (error: unknown) => reply(res, problem(error)),
    );
  });
  await listen(server, port);
  const boundPort = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${boundPort}`,
    port: boundPort,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function route(deps: ControlDeps, req: IncomingMessage): Promise<Reply> {
  const url = new URL(req.url ?? "/", "http://control.invalid");
  const query = Object.fromEntries(url.searchParams);
  switch (`${req.method} ${url.pathname}`) {
    case "GET /requests":
      return { status: 200, body: deps.log.list(parse(Filter, query)) };
    case "GET /effects": {
      const { platform, tenant } = parse(Filter, query);
      if (platform) return { status: 200, body: effectsOf(deps.worlds, platform, tenant) };
      return { status: 200, body: Object.fromEntries(TARGETS.map((p) => [p, effectsOf(deps.worlds, p, tenant)])) };
    }
    case "GET /webhooks":
      return { status: 200, body: deps.webhookLog.list(parse(Filter, query)) };
    case "GET /notifications":
      return { status: 200, body: deps.operations.list(parse(NotificationFilter, query)) };
    case "GET /faults":
      return { status: 200, body: deps.faults.list() };
    case "POST /faults": {
      const body = await json(req);
      if (Object.keys(body).length === 0) deps.faults.clear();
      else {
        const fault = parse(Fault, body);
        if (fault.tenant !== undefined) worldOf(deps.worlds, fault.tenant);
        deps.faults.add(fault);
      }
      return { status: 204 };
    }
    case "POST /happen":
      return { status: 200, body: runRequest(deps, parse(Scenario, await json(req))) };
    case "POST /reset":
      deps.reset();
      return { status: 204 };
    default:
      return {
        status: 404,
        body: { type: "about:blank", title: "Not found", status: 404, detail: `${req.method} ${url.pathname}` },
      };
  }
}

function runRequest(deps: ControlDeps, request: z.infer<typeof Scenario>): { refs: string[]; at: string } {
  const { refs, at } = deps.runScenario({ ...request, kind: request.kind as ScenarioKind });
  return { refs, at };
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BadRequest(result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "));
}

async function json(req: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    const value = JSON.parse(text === "" ? "{}" : text) as unknown;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // validated below
  }
  throw new BadRequest("body: a JSON object");
}

const problem = (error: unknown): Reply =>
  error instanceof BadRequest || error instanceof ScenarioError
    ? { status: 400, body: { type: "about:blank", title: "Bad request", status: 400, detail: error.message } }
    : {
        status: 500,
        body: {
          type: "about:blank",
          title: "The lab failed",
          status: 500,
          detail: error instanceof Error ? error.message : String(error),
        },
      };

function reply(res: ServerResponse, { status, body }: Reply): void {
  if (body === undefined) res.writeHead(status).end();
  else
    res
      .writeHead(status, { "content-type": status >= 400 ? "application/problem+json" : "application/json" })
      .end(JSON.stringify(body));
}
