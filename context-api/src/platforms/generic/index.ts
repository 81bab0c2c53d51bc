import { z } from "zod";
import type { Platform } from "../platform.ts";
import { eventId, personId } from "./ids.ts";
import { genericSetup } from "./setup.ts";
import { events } from "./webhook/events.ts";

// Nothing to connect to: all that is set stands at the webhook.
const GenericOptions = z.strictObject({});

/** Events of the customer's own services, sent to us signed. They are never asked for anything. */
export const generic: Platform<z.infer<typeof GenericOptions>> = {
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
  pools: () => ({}),
  connect: () => ({
    streams: [],
    lookup: async () => [],
    refetch: async () => [],
    link: () => null,
    check: async () => {},
    close: async () => {},
  }),
};
