import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import {
  acquireQuota,
  createHttp,
  type PlatformRequest,
  type PlatformResponse,
  readJson,
  retryAfter,
} from "@sidelight/platform-kit/http.ts";
import { createPassedOver, type PassedOver, readable } from "@sidelight/platform-kit/passedOver.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { withSecret } from "@sidelight/platform-kit/signInWithSecret.ts";
import PQueue from "p-queue";
import { z } from "zod";
import { type ExportedEvent, readExport, WireDistinctId } from "./exportLines.ts";
import { createIngest, type Ingest } from "./ingest.ts";
import { hosts, type MixpanelOptions } from "./options.ts";

const platform = "mixpanel";
/** "60 queries per hour and 5 concurrent queries" for the query API. */
const concurrentQueries = 5;

const Profile = z.looseObject({
  $distinct_id: WireDistinctId,
  // A profile may have no property at all.
  $properties: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((properties) => properties ?? {}),
});
export type Profile = z.infer<typeof Profile>;
const EngagePage = z.looseObject({
  results: z.array(z.unknown()),
  page: z.number().int().nullish(),
  page_size: z.number().int().positive().nullish(),
  session_id: z.string().min(1).nullish(),
  total: z.number().int().nullish(),
});
/** One page of profiles. `size` is the number of its results with those that were passed over. */
export interface ProfilePage {
  profiles: Profile[];
  size: number;
  page: number | null;
  pageSize: number | null;
  session: string | null;
  total: number | null;
}

export interface MixpanelClient extends Ingest {
  /** One page of profiles: all of them, or those that match a `where` expression. */
  engage(form: Record<string, string>, call: CallOptions, passedOver?: PassedOver): Promise<ProfilePage>;
  /** Raw events of whole days of the project, unordered and with duplicates. */
  exportEvents(query: Record<string, string>, call: CallOptions, passedOver: PassedOver): AsyncIterable<ExportedEvent>;
  /** Whether the query API answers at all. Without credentials, no project's limit counts the call. */
  reachable(call: CallOptions): Promise<void>;
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

    async reachable(call) {
      const route = "/api/query/engage";
      const request = { method: "GET", url: `${queryHost}${route}`, route, headers: { accept: "application/json" } } as const;
      const response = await http.send(request, { ...call, quota: null });
      await response.text().catch(() => "");
      const { status } = response;
      // It refuses a call without credentials, which is an answer.
      if (status >= 500) throw new PlatformError("unavailable", platform, `Mixpanel answered ${status}.`, { status });
    },

    engage: (form, call, passedOver = createPassedOver()) =>
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
        if (!parsed.success) {
          throw new PlatformError("unavailable", platform, "Mixpanel's profile page has an unexpected format.", {
            isPlatformFault: false,
          });
        }
        const { results, page, page_size, session_id, total } = parsed.data;
        const profiles = readable(Profile, results, passedOver);
        const paging = { page: page ?? null, pageSize: page_size ?? null, session: session_id ?? null, total: total ?? null };
        return { profiles, size: results.length, ...paging };
      }),

    async *exportEvents(query, call, passedOver) {
      await acquireQuota(platform, () => tools.acquire(call.priority, "export", call.signal, call));
      const response = await send(
        {
          method: "GET",
          url: `${exportHost}/api/2.0/export?${new URLSearchParams({ project_id: options.projectId, ...query })}`,
          route: "/api/2.0/export",
          headers: { accept: "text/plain" },
        },
        call,
      );
      yield* readExport(response.body, passedOver);
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
    if (status === 401) {
      throw new PlatformError("invalid_credentials", platform, "Mixpanel refused the service account.", { status });
    }
    if (status === 403) {
      const message = "The service account has no permission for this call in Mixpanel. Check its role in the project.";
      throw new PlatformError("rejected", platform, message, { status });
    }
    // Another success than 200 has no content: it is no answer to a query.
    if (status >= 500 || status < 400)
      throw new PlatformError("unavailable", platform, `Mixpanel answered ${status}.`, { status });
    throw new PlatformError("rejected", platform, `Mixpanel refused the request (${status}).`, { status });
  }
}
