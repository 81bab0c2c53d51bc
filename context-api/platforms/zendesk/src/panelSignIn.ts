import type { PanelSignIn, SignedInPerson } from "@sidelight/platform-kit/panelSignIn.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { createSigningKeys } from "@sidelight/platform-kit/signingKeys.ts";
import { z } from "zod";
import type { ZendeskClient } from "./client.ts";
import type { ZendeskOptions } from "./options.ts";
import { subdomainOf } from "./subdomain.ts";

/** Zendesk gives its tokens five minutes. */
const maxAgeMs = 5 * 60_000;
/** Time to read the key while an agent waits, ms. */
const keyTimeoutMs = 5_000;

/** What each place of the app can show: its own object, and the people whom the object may be changed to. */
const refsByPlace: Readonly<Record<string, readonly string[]>> = {
  ticket_sidebar: ["zendesk.ticket:", "zendesk.user:", "email:", "person:", "company:"],
  new_ticket_sidebar: ["zendesk.user:", "email:", "person:", "company:"],
  user_sidebar: ["zendesk.user:", "person:"],
  organization_sidebar: ["zendesk.organization:", "company:"],
};

const Claims = z.looseObject({
  sub: z.union([z.string(), z.number()]),
  context: z.looseObject({ product: z.string(), location: z.string() }),
});

/**
 * Sign-in by signed URLs (`signedUrls` of the manifest): Zendesk posts a token that names the agent when it opens the app. Its members
 * `cnf` and `jku`, which point at keys elsewhere, are never followed.
 */
export function zendeskSignIn(
  options: ZendeskOptions & { panel: NonNullable<ZendeskOptions["panel"]> },
  client: ZendeskClient,
  { monotonic }: Pick<ConnectionTools, "monotonic">,
): PanelSignIn {
  const { appId, installationId, name } = options.panel;
  const subdomain = subdomainOf(options) ?? "";
  const readKey = () =>
    client.getText(`/api/v2/apps/${appId}/public_key.pem`, "/api/v2/apps/{id}/public_key.pem", {
      priority: "interactive",
      signal: AbortSignal.timeout(keyTimeoutMs),
    });
  return {
    installations: [name, installationId],
    pageOrigins: [...new Set([`https://${subdomain}.zendesk.com`, new URL(options.appUrl ?? options.url).origin])],
    role: "agent",
    issuer: `${subdomain}.zendesk.com`,
    audience: `https://${subdomain}.zendesk.com/api/v2/apps/installations/${installationId}.json`,
    requiredClaims: ["nbf", "context"],
    maxAgeMs,
    keys: createSigningKeys("zendesk", async () => [await readKey()], monotonic),
    personOf: (claims) => personOf(claims, subdomain),
    readableRefs: (place) => refsByPlace[place] ?? [],
  };
}

function personOf(claims: Readonly<Record<string, unknown>>, subdomain: string): SignedInPerson | string {
  const parsed = Claims.safeParse(claims);
  if (!parsed.success) return "has no user or no context";
  const { sub, context } = parsed.data;
  const id = userIdOf(String(sub), subdomain);
  if (id === null) return "names no user of this account";
  if (context.product !== "support") return `is for the product ${safeText(context.product)} instead of support`;
  if (!Object.hasOwn(refsByPlace, context.location)) return `is for the place ${safeText(context.location)}, which has no panel`;
  return { ref: `zendesk.user:${id}`, name: null, place: context.location, boundTo: null, permissionSets: null };
}

/** The subject is the user's URL in the API, or the bare id. */
function userIdOf(subject: string, subdomain: string): string | null {
  const prefix = `https://${subdomain}.zendesk.com/api/v2/users/`;
  const id = subject.startsWith(prefix) ? subject.slice(prefix.length).replace(/\.json$/, "") : subject;
  return /^[1-9]\d{0,18}$/.test(id) ? id : null;
}

const safeText = (text: string): string => (/^[\w.-]{1,40}$/.test(text) ? text : "of another form");
