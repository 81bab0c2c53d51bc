import { Hono } from "hono";
import { zendeskAppDist } from "../../../../apps/zendesk/tools/build.ts";
import { salesforceHost } from "../../hosts/salesforce/host.ts";
import { zendeskHost } from "../../hosts/zendesk/host.ts";
import { salesforceHostDist } from "../builds.ts";
import { hostData } from "../platforms.ts";
import { hostHappenings } from "./happenings.ts";
import { message } from "./message.ts";
import type { PagesDeps } from "./server.ts";

/** One tenant's platforms as a person sees them, and the addresses that the product's deep links lead to. */
export function tenantPages(tenant: string, { lab, state, opened }: PagesDeps): Hono {
  const kept = state.tenants[tenant]!;
  const data = hostData(lab.tenants[tenant]!);
  const { examples } = lab.tenants[tenant]!;
  const apiUrl = (): string => opened()?.apiUrl ?? "";
  const idsOf = (prefix: string): string[] =>
    examples.resolved.filter((ref) => ref.startsWith(prefix)).map((ref) => ref.slice(prefix.length));
  const happenings = hostHappenings(lab, tenant);
  const app = new Hono({ strict: false });

  app.route(
    "/zendesk",
    zendeskHost({
      apiUrl,
      settings: () => ({ api_key: kept.keys?.agent ?? "" }),
      jwtSecret: kept.jwtSecret,
      appDist: zendeskAppDist,
      fetchZendesk: data.zendesk,
      exampleTickets: () => idsOf("zendesk.ticket:").map((id) => ({ id: Number(id) })),
      homeUrl: "/",
      happenings,
    }),
  );
  app.route(
    "/salesforce",
    salesforceHost({
      apiUrl,
      apiKey: () => kept.keys?.rep ?? "",
      dist: salesforceHostDist,
      querySalesforce: data.salesforce.query,
      fetchRecord: data.salesforce.record,
      exampleRecords: () => [
        ...idsOf("salesforce.account:").map((id) => ({ object: "Account", id })),
        ...idsOf("salesforce.contact:").map((id) => ({ object: "Contact", id })),
      ],
      homeUrl: "/",
      happenings,
    }),
  );

  const base = `/${tenant}`;
  app.get("/agent/tickets/:id{[0-9]+}", (c) => c.redirect(`${base}/zendesk?ticket=${c.req.param("id")}`));
  app.get("/lightning/r/:object/:id{[a-zA-Z0-9]+}/view", (c) => {
    const { object, id } = c.req.param();
    return c.redirect(`${base}/salesforce/?objectApiName=${encodeURIComponent(object)}&recordId=${id}`);
  });
  app.get("/agent/*", (c) => c.html(elsewhere("Zendesk")));
  app.get("/mixpanel/*", (c) => c.html(elsewhere("Mixpanel")));
  return app;
}

const elsewhere = (platform: string): string =>
  message(`In ${platform} this link opens the record`, `The lab has no page of ${platform}'s own for it.`);
