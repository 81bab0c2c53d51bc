import type { Context } from "@sidelight/shared/context/context.ts";
import type { RoutingSettings } from "../config/routing.ts";
import type { LoggedEvent } from "../events/list.ts";
import { parseRef, splitRef } from "../platforms/refs.ts";
import type { Documented, RouteDocument } from "../routing/document.ts";
import type { Rights } from "../security/roles.ts";
import type { Contexts } from "./contexts.ts";
import { eventViews, storyAt } from "./eventViews.ts";
import type { Tenant } from "./tenant.ts";

const everything: Rights = { pii: true, reveal: true, operate: false, act: [] };

/** What an event's routes see. Consent is a question of the customer, who is therefore read for each. */
export async function routeDocument(
  tenant: Tenant,
  contexts: Contexts,
  event: LoggedEvent,
  settings: RoutingSettings,
): Promise<Documented> {
  const [view] = await eventViews(tenant, [event]);
  const about = await contextOf(tenant, contexts, event);
  const sections = about?.sections;
  const document: RouteDocument = {
    event: view!,
    ref: event.payload?.ref ?? "",
    record: event.payload?.record?.data ?? null,
    customer: about?.customer ?? null,
    account: sections?.account?.data ?? null,
    support: sections?.support?.data ?? null,
    product: sections?.product?.data ?? null,
    health: sections?.health?.data ?? null,
    links: await linksOf(tenant, event),
    settings,
  };
  return { document, isWithheld: sections?.product?.state === "consent_withheld" };
}

async function contextOf(tenant: Tenant, contexts: Contexts, event: LoggedEvent): Promise<Context | null> {
  const ref = event.payload && parseRef(event.payload.ref, tenant.platforms);
  if (!ref || "problem" in ref) return null;
  const answer = await contexts.answer({
    ref,
    rights: everything,
    sections: ["account", "support", "product", "health"],
    deadlineMs: 0,
    at: { sequence: event.sequence, instant: event.received_at },
  });
  const context = JSON.parse(answer.body.toString()) as Context;
  return context.match.state === "resolved" ? context : null;
}

/** The records that the customer has on each platform: of several, the oldest known. */
async function linksOf(tenant: Tenant, event: LoggedEvent): Promise<RouteDocument["links"]> {
  const story = await storyAt(tenant, event);
  const records = story
    ? [...story.people.values()].flat().concat((story.company?.records ?? []) as never[], story.usage as never[])
    : [];
  const refs = [...(event.payload ? [event.payload.ref] : []), ...records.map((r) => r.ref)];
  const links: RouteDocument["links"] = {};
  for (const { platform, object, id } of refs.map(splitRef)) links[platform] = { [object]: id, ...links[platform] };
  return links;
}
