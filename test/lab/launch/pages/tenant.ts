import { Hono } from "hono";
import { zendeskAppDist } from "../../../../apps/zendesk/tools/build.ts";
import { salesforceHost } from "../../hosts/salesforce/host.ts";
import { zendeskHost } from "../../hosts/zendesk/host.ts";
import { salesforceHostDist } from "../builds.ts";
import { salesforceUser, zendeskSignIn } from "../people.ts";
import { hostData } from "../platforms.ts";
import { message } from "./message.ts";
import type { PagesDeps } from "./pagesDeps.ts";
import { hostScenarios } from "./scenarios.ts";

/** The host pages of one tenant, and the pages that the product's deep links open. */
export function tenantPages(tenant: string, { lab, state, api }: PagesDeps): Hono {
  const tenantState = state.tenants[tenant]!;
  const labTenant = lab.tenants[tenant]!;
  const data = hostData(labTenant);
  const { examples } = labTenant;
  const apiUrl = (): string => api()?.url ?? "";
  const idsOf = (prefix: string): string[] =>
    examples.resolved.filter((ref) => ref.startsWith(prefix)).map((ref) => ref.slice(prefix.length));
  const scenarios = hostScenarios(lab, tenant);
  const app = new Hono({ strict: false });

  app.route(
    "/zendesk",
    zendeskHost({
      apiUrl,
      settings: () => ({ api_key: tenantState.keys?.agent ?? "" }),
      jwtSecret: tenantState.jwtSecret,
      appDist: zendeskAppDist,
      fetchZendesk: data.zendesk,
      signIn: zendeskSignIn(labTenant, apiUrl, Date.now),
      exampleTickets: () => idsOf("zendesk.ticket:").map((id) => ({ id: Number(id) })),
      homeUrl: "/",
      scenarios,
    }),
  );
  app.route(
    "/salesforce",
    salesforceHost({
      apiUrl,
      apiKey: () => tenantState.keys?.rep ?? "",
      user: () => salesforceUser(labTenant, Date.now),
      dist: salesforceHostDist,
      querySalesforce: data.salesforce.query,
      fetchRecord: data.salesforce.record,
      exampleRecords: () => [
        ...idsOf("salesforce.account:").map((id) => ({ object: "Account", id })),
        ...idsOf("salesforce.contact:").map((id) => ({ object: "Contact", id })),
      ],
      homeUrl: "/",
      scenarios,
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
  message(`In ${platform} this link opens the record`, `The lab does not simulate this page of ${platform}.`);
