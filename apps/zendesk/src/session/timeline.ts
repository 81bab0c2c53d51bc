import { trustAnswers } from "@sidelight/client/answers.ts";
import { contextOperations } from "@sidelight/client/context.ts";
import { createSender } from "@sidelight/client/send.ts";
import type { TimelineTransport } from "@sidelight/panel/timeline/olderEvents.ts";
import type { Host } from "../zaf/host.ts";
import { credentialsOf, type PageSession } from "./pageSession.ts";

const pageSize = 50;

/** Older events, with the session of the person, or through Zendesk's proxy, where the API key stays. */
export function createTimelineTransport(host: Host, apiUrl: string, page: PageSession | null = null): TimelineTransport {
  const options = {
    baseUrl: apiUrl,
    headers: { "x-sidelight-panel": "zendesk" },
    ...credentialsOf(host, page),
    timeoutMs: 15_000,
  };
  const client = contextOperations(createSender(options, trustAnswers));
  return {
    getPage: (ref, cursor, source) =>
      client.getTimeline(ref, {
        limit: pageSize,
        ...(cursor === null ? {} : { cursor }),
        ...(source === null ? {} : { source }),
      }),
  };
}
