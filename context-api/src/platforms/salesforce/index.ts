import type { ConnectionTools, Connector, Platform } from "../platform.ts";
import { createClient } from "./client.ts";
import { lookup, refetch } from "./lookup.ts";
import { SalesforceOptions } from "./options.ts";
import { salesforceSetup } from "./setup.ts";
import { canonicalId } from "./soql.ts";
import { salesforceStreams } from "./streams.ts";

const withPrefix =
  (...prefixes: string[]) =>
  (id: string) =>
    canonicalId(id, prefixes);

export const salesforce: Platform<SalesforceOptions> = {
  name: "salesforce",
  label: "Salesforce",
  section: "account",
  sectionObjects: ["account", "opportunity", "task", "event"],
  freshness: { freshMinutes: 15, staleMinutes: 120 },
  objects: {
    account: { kind: "company", canonicalId: withPrefix("001") },
    contact: { kind: "person", canonicalId: withPrefix("003") },
    lead: { kind: "person", canonicalId: withPrefix("00Q") },
    opportunity: { kind: "opportunity", canonicalId: withPrefix("006") },
    task: { kind: "activity", canonicalId: withPrefix("00T") },
    event: { kind: "activity", canonicalId: withPrefix("00U") },
    case: { kind: "case", canonicalId: withPrefix("500") },
  },
  // Phone numbers are stored as they were typed; SOQL can't compare them by meaning.
  finds: ["email", "domain"],
  setup: salesforceSetup,
  webhooks: {},
  options: SalesforceOptions,
  pools: ({ requestsPerDay }) => ({ daily: { limit: requestsPerDay, windowMs: 86_400_000 } }),
  connect,
};

const lightningNames: Record<string, string> = {
  account: "Account",
  contact: "Contact",
  lead: "Lead",
  opportunity: "Opportunity",
  task: "Task",
  event: "Event",
  case: "Case",
};

function connect(options: SalesforceOptions, tools: ConnectionTools): Connector {
  const client = createClient(options, tools);
  const shared = { client, options, connection: tools.connection, now: tools.now };
  const app = (options.appUrl ?? options.url).replace(/\/$/, "");
  return {
    streams: salesforceStreams(shared),
    lookup: (query, call) => lookup(shared, query, call),
    refetch: (refs, call) => refetch(shared, refs, call),
    link: (object, id) => (lightningNames[object] ? `${app}/lightning/r/${lightningNames[object]}/${id}/view` : null),
    async check(call) {
      await client.fields("Account", call);
    },
    close: () => client.close(),
  };
}
