import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { PanelProblem, SetupFault } from "@sidelight/panel/index.ts";
import type { HttpAnswer } from "../zaf/answer.ts";
import type { Host } from "../zaf/host.ts";
import type { Subject } from "./subject.ts";

export type Answer =
  | { ok: true; context: Context; requestId: string | null }
  | { ok: false; problem: PanelProblem; setup: SetupFault | null };

export interface LoadOptions {
  sections?: readonly SectionName[];
  /** How long the server may wait for late sources, in ms. Without it the server's own limit holds. */
  serverDeadlineMs?: number;
}

export interface Api {
  load(subject: Subject, options?: LoadOptions): Promise<Answer>;
  refresh(ref: string): Promise<Answer>;
}

/** The server answers in about 900 ms by itself; past this something between us is broken. */
const requestDeadlineMs = 6_000;
const refreshDeadlineMs = 15_000;
const defaultRetryMs = 30_000;

/** What the API remembers as having shown an event. */
export const panelHeader = { "x-sidelight-panel": "zendesk" } as const;
export const headers = { Authorization: "Bearer {{setting.api_key}}", Accept: "application/json", ...panelHeader };
export const baseOf = (apiUrl: string): string => apiUrl.replace(/\/+$/, "");

/** The context API behind Zendesk's proxy, which puts the key in: it never reaches the browser. */
export function createApi(host: Host, apiUrl: string, now: () => number): Api {
  const base = baseOf(apiUrl);
  const get = (path: string, deadlineMs: number) => host.request({ method: "GET", url: base + path, headers, deadlineMs });
  const post = (path: string, body: unknown, deadlineMs: number) =>
    host.request({ method: "POST", url: base + path, headers, body, deadlineMs });

  return {
    load: async (subject, { sections, serverDeadlineMs = 0 } = {}) => {
      const deadlineMs = requestDeadlineMs + serverDeadlineMs;
      if (subject.kind === "waiting") return failure("invalid_request", null, null);
      if (subject.kind === "email") {
        // A personal value has no place in a URL, where logs and proxies would keep it.
        const body = { refs: [`email:${subject.email}`], ...(sections ? { sections } : {}) };
        return read(await post("/v1/contexts", body, deadlineMs), now, (answer) => (answer as { items?: unknown[] }).items?.[0]);
      }
      const query = new URLSearchParams();
      if (sections) query.set("sections", sections.join(","));
      if (serverDeadlineMs) query.set("deadline", String(serverDeadlineMs));
      const suffix = query.size ? `?${query}` : "";
      return read(await get(`/v1/context/${encodeURIComponent(subject.ref)}${suffix}`, deadlineMs), now);
    },
    refresh: async (ref) => {
      const path = `/v1/context/${encodeURIComponent(ref)}`;
      const answer = await post(`${path}/refresh`, {}, refreshDeadlineMs);
      const refreshed = read(answer, now);
      if (refreshed.ok || answer.kind !== "answer" || answer.status >= 300) return refreshed;
      // A refresh that was only accepted: what it found is read the usual way.
      return read(await get(path, requestDeadlineMs), now);
    },
  };
}

function read(answer: HttpAnswer, now: () => number, pick: (body: unknown) => unknown = (body) => body): Answer {
  if (answer.kind !== "answer") return failure(answer.kind, null, null);
  const requestId = answer.header("x-request-id");
  const body = answer.status < 300 && answer.body !== null ? pick(answer.body) : answer.body;
  if (isContext(body)) return { ok: true, context: body, requestId };
  const problem = (body ?? {}) as { code?: unknown; status?: unknown; requestId?: unknown };
  const status = typeof problem.status === "number" ? problem.status : answer.status;
  const code = typeof problem.code === "string" ? problem.code : codeOf(status);
  const retryAt = status === 429 || status === 503 ? now() + retryAfterMs(answer.header("retry-after")) : null;
  const id = typeof problem.requestId === "string" ? problem.requestId : requestId;
  // The key belongs to the installation, not to a person's session, so nobody can sign in again: it must be replaced.
  return failure(code as PanelProblem["code"], id, retryAt, status === 401 ? "credentials_refused" : null);
}

function failure(
  code: PanelProblem["code"],
  requestId: string | null,
  retryAt: number | null,
  setup: SetupFault | null = null,
): Answer {
  return { ok: false, problem: { code, requestId, retryAt }, setup };
}

/** A proxy's own error page has a status but none of our codes. */
function codeOf(status: number): PanelProblem["code"] {
  const codes: Record<number, PanelProblem["code"]> = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    429: "rate_limited",
    503: "overloaded",
    502: "network",
    504: "timeout",
  };
  return codes[status] ?? "internal";
}

export function retryAfterMs(header: string | null): number {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3_600) * 1000 : defaultRetryMs;
}

function isContext(value: unknown): value is Context {
  const context = value as Partial<Context> | null;
  return (
    typeof context === "object" && context !== null && typeof context.match === "object" && typeof context.sections === "object"
  );
}
