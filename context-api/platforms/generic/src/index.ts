import type { ConnectionTools, Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import { genericActions } from "./actions/index.ts";
import { createSender } from "./actions/send.ts";
import { eventId, personId } from "./ids.ts";
import { GenericOptions } from "./options.ts";
import { genericSetup } from "./setup.ts";
import { events } from "./webhook/events.ts";

/** The customer's own services: they send us events, signed, and are sent what routes say. They are never asked for anything. */
export const generic: Platform<GenericOptions> = {
  name: "generic",
  label: "Your own events",
  section: null,
  sectionObjects: [],
  // Of no section's age.
  freshness: { freshMinutes: 60, staleMinutes: 1440 },
  objects: {
    event: { kind: "activity", canonicalId: eventId },
    person: { kind: "person", canonicalId: personId },
  },
  finds: [],
  setup: genericSetup,
  webhooks: { events },
  options: GenericOptions,
  pools: ({ url, slackUrl, requestsPerMinute }) => ({
    ...(url === undefined ? {} : { post: { limit: requestsPerMinute, windowMs: 60_000, unreserved: true } }),
    // "No more than one message per second."
    ...(slackUrl === undefined ? {} : { slack: { limit: 1, windowMs: 1_000, unreserved: true } }),
  }),
  connect,
};

function connect(options: GenericOptions, tools: ConnectionTools): Connector {
  const sender = createSender(options, tools);
  return {
    streams: [],
    lookup: async () => [],
    refetch: async () => [],
    actions: genericActions(options, sender, tools),
    link: () => null,
    check: async () => {},
    close: () => sender.close(),
  };
}
