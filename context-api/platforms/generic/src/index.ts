import type { ConnectionTools, Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import { genericActions } from "./actions/index.ts";
import { createSender } from "./actions/send.ts";
import { createCards } from "./cards.ts";
import { eventSchemas } from "./eventSchemas.ts";
import { eventId, personId } from "./ids.ts";
import { GenericOptions } from "./options.ts";
import { samples } from "./samples.ts";
import { genericSetup } from "./setup.ts";
import { events } from "./webhook/events.ts";

/** The company's own services. They send signed events and receive deliveries of routes; nothing is pulled from them. */
export const generic: Platform<GenericOptions> = {
  name: "generic",
  label: "Your own events",
  section: null,
  sectionObjects: [],
  // Unused: it fills no section.
  freshness: { freshMinutes: 60, staleMinutes: 1440 },
  objects: {
    event: { kind: "activity", canonicalId: eventId, hasChosenIds: true },
    person: { kind: "person", canonicalId: personId },
  },
  lookupKeys: [],
  setup: genericSetup,
  webhooks: { events },
  options: GenericOptions,
  defaultRoutes: new URL("./defaultRoutes.yaml", import.meta.url),
  eventSchemas,
  samples,
  eventTypes: { event: "any" },
  quotas: ({ url, slackUrl, cards, requestsPerMinute }) => ({
    ...(cards ? { cards: { limit: requestsPerMinute, windowMs: 60_000, unreserved: true } } : {}),
    ...(url === undefined ? {} : { post: { limit: requestsPerMinute, windowMs: 60_000, unreserved: true } }),
    // "No more than one message per second."
    ...(slackUrl === undefined ? {} : { slack: { limit: 1, windowMs: 1_000, unreserved: true } }),
  }),
  connect,
};

function connect(options: GenericOptions, tools: ConnectionTools): Connector {
  const sender = createSender(options, tools);
  const cards = options.cards ? createCards(options.cards, options, tools) : null;
  return {
    streams: [],
    lookup: async () => [],
    refetch: async () => [],
    actions: genericActions(options, sender, tools),
    link: () => null,
    check: async () => {},
    ...(cards && { cards }),
    async close() {
      await Promise.all([sender.close(), cards?.close()]);
    },
  };
}
