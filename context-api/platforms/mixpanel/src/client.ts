import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import {
  acquireQuota,
  createHttp,
  networkError,
  type PlatformRequest,
  type PlatformResponse,
  readJson,
  retryAfter,
} from "@sidelight/platform-kit/http.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { withSecret } from "@sidelight/platform-kit/signInWithSecret.ts";
import PQueue from "p-queue";
import { z } from "zod";
import { createIngest, type Ingest } from "./ingest.ts";
import { hosts, type MixpanelOptions } from "./options.ts";

const platform = "mixpanel";
/** "60 queries per hour and 5 concurrent queries" for the query API. */
const concurrentQueries = 5;

const Profile = z.looseObject({
  $distinct_id: z.union([z.string(), z.number()]).transform(String),
  $properties: z.record(z.string(), z.unknown()),
});
export type Profile = z.infer<typeof Profile>;
const EngagePage = z.looseObject({
  results: z.array(Profile),
  page: z.number().int(),
  page_size: z.number().int().nullish(),
  session_id: z.string().nullish(),
  total: z.number().int().nullish(),
});
export type EngagePage = z.infer<typeof EngagePage>;

const ExportedEvent = z.looseObject({
  event: z.string(),
  properties: z.looseObject({ time: z.number(), distinct_id: z.union([z.string(), z.number()]).transform(String) }),
});
export type ExportedEvent = z.infer<typeof ExportedEvent>;

export interface MixpanelClient extends Ingest {
  /** One page of profiles: all of them, or those that match a `where` expression. */
  engage(form: Record<string, string>, call: CallOptions): Promise<EngagePage>;
  /** Raw events of whole days (project time zone), unordered. */
  exportEvents(query: Record<string, string>, call: CallOptions): AsyncIterable<ExportedEvent>;
  close(): Promise<void>;
}

export function createClient(options: MixpanelOptions, tools: ConnectionTools): MixpanelClient {
  const http = createHttp(platform, tools);
  const { query: queryHost, export: exportHost } = hosts(options);
  const bySecret = withSecret(tools, options.auth.secret);
  const queue = new PQueue({ concurrency: concurrentQueries });
  const project = `project_id=${encodeURIComponent(options.projectId)}`;

  return {
    ...createIngest(options, tools, http),
    close: () => http.close(),

    engage: (form, call) =>
      queue.add(async () => {
        const response = await send(
          {
            method: "POST",
            url: `${queryHost}/api/query/engage?${project}`,
            route: "/api/query/engage",
            headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
            body: new URLSearchParams(form).toString(),
          },
          call,
        );
        const parsed = EngagePage.safeParse(await readJson(platform, response));
        if (parsed.success) return parsed.data;
        throw new PlatformError("unavailable", platform, "Mixpanel's profile page has an unexpected format.");
      }),

    async *exportEvents(query, call) {
      await acquireQuota(platform, () => tools.acquire(call.priority, "export", call.signal));
      const response = await send(
        {
          method: "GET",
          url: `${exportHost}/api/2.0/export?${new URLSearchParams({ project_id: options.projectId, ...query })}`,
          route: "/api/2.0/export",
          headers: { accept: "text/plain" },
        },
        call,
      );
      yield* lines(response);
    },
  };

  /** Every call carries the service account's credentials. */
  async function send(request: PlatformRequest, call: CallOptions): Promise<PlatformResponse> {
    return await bySecret(async (secret) => {
      const authorization = `Basic ${Buffer.from(`${options.auth.username}:${secret}`).toString("base64")}`;
      const response = await http.send(
        { ...request, headers: { ...request.headers, authorization } },
        { ...call, quota: "query" },
      );
      await expectOk(response);
      return response;
    });
  }

  async function expectOk(response: PlatformResponse): Promise<void> {
    const { status } = response;
    if (status === 200) return;
    // The body may quote the query. It is read to free the connection, and never logged or shown.
    await response.text().catch(() => "");
    const hour = 3_600_000;
    if (status === 429) {
      const retryAt = retryAfter(response.headers, tools.now()) ?? tools.now() + hour / options.queriesPerHour;
      tools.onQuota("query", { limit: options.queriesPerHour, remaining: 0, resetAt: retryAt });
      throw new PlatformError("rate_limited", platform, "Mixpanel's query limit is reached.", { status, retryAt });
    }
    if (status === 401 || status === 403) {
      throw new PlatformError("invalid_credentials", platform, "Mixpanel refused the service account.", { status });
    }
    if (status >= 500) throw new PlatformError("unavailable", platform, `Mixpanel answered ${status}.`, { status });
    throw new PlatformError("rejected", platform, `Mixpanel refused the request (${status}).`, { status });
  }
}

/** Parses newline-delimited JSON. An invalid line fails the pull: a partial export must not count as complete. */
async function* lines(response: PlatformResponse): AsyncIterable<ExportedEvent> {
  const decoder = new TextDecoder();
  let buffer = "";
  try {
    for await (const chunk of response.body) {
      buffer += decoder.decode(chunk as Uint8Array, { stream: true });
      const complete = buffer.split("\n");
      buffer = complete.pop() ?? "";
      for (const line of complete) if (line !== "") yield readEvent(line);
    }
  } catch (error) {
    throw networkError(platform, error);
  }
  if (buffer.trim() !== "") yield readEvent(buffer);
}

function readEvent(line: string): ExportedEvent {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new PlatformError("unavailable", platform, "Mixpanel's export ended early.", { cause: error });
  }
  const parsed = ExportedEvent.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PlatformError("unavailable", platform, "Mixpanel's export has an unexpected format.");
}
