import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { devApi, devQuery, devRecord, devRecords, failedRecords } from "../salesforce/devApi.ts";
import { salesforceHost } from "../salesforce/host.ts";
import { type FixtureApi, fixtureApi, scenarios, ticketOf } from "./fixtureApi.ts";
import { fetchFixtureTicket, fixtureTickets } from "./fixtureTickets.ts";
import { zendeskHost } from "./host.ts";

export interface GalleryDeps {
  /** Address of this gallery, as the lab's server reaches it: "http://127.0.0.1:8787/gallery". */
  selfUrl: () => string;
  appDist: string;
  homeUrl: string;
  now?: () => number;
  /** Folder of the built record page; without it the gallery shows the Zendesk app only. */
  salesforceDist?: string;
}

export interface Gallery {
  app: Hono;
  api: FixtureApi;
}

/** Every state of both panels side by side, over fixtures: no API, no simulator. Its host pages are at `host/` and `salesforce/`. */
export function panelGallery({ selfUrl, appDist, homeUrl, now, salesforceDist }: GalleryDeps): Gallery {
  const api = fixtureApi(now);
  const host = zendeskHost({
    apiUrl: () => `${selfUrl()}/api`,
    settings: () => ({ api_key: "fixture-key" }),
    jwtSecret: "fixture-secret",
    appDist,
    fetchZendesk: fetchFixtureTicket,
    exampleTickets: () => fixtureTickets,
    homeUrl,
  });
  const app = new Hono({ strict: false });
  app.get("/", (c) => c.html(page(new URL(c.req.url).pathname, salesforceDist !== undefined)));
  // Mounted by `fetch`, so that the API sees paths from its own root.
  app.mount("/api", api.app.fetch);
  app.route("/host", host);
  if (salesforceDist !== undefined) {
    app.mount("/salesforce-api", devApi(now).app.fetch);
    app.route(
      "/salesforce",
      salesforceHost({
        apiUrl: () => `${selfUrl()}/salesforce-api`,
        apiKey: () => "fixture-key",
        dist: salesforceDist,
        querySalesforce: devQuery,
        fetchRecord: devRecord,
        exampleRecords: () => devRecords,
        homeUrl,
      }),
    );
  }
  return { app, api };
}

/** The names are constants, so they need no escaping. */
function page(path: string, hasSalesforce: boolean): string {
  const base = path.endsWith("/") ? "" : `${path.slice(path.lastIndexOf("/") + 1)}/`;
  const zendeskCells = [
    ...scenarios.map(({ scenario, ticket }) => cell("host/", scenario, `ticket=${ticket}`)),
    cell("host/", "waiting for a requester", "location=new_ticket_sidebar&ticket=0"),
    cell("host/", "organization", `location=organization_sidebar&ticket=${scenarios[0]?.ticket}`),
    cell("host/", "user", `location=user_sidebar&ticket=${scenarios[0]?.ticket}`),
    cell("host/", "not set up, for an administrator", `ticket=${ticketOf("unauthenticated")}&role=admin`),
    cell("host/", "offline", `ticket=${ticketOf("rich")}&offline=1`),
    cell("host/", "session expired", `ticket=${ticketOf("rich")}&ended=1`),
    cell("host/", "not in a host", `ticket=${ticketOf("rich")}&outside=1`),
  ];
  const salesforceCells = [
    ...[...devRecords, ...failedRecords].map((record) => cell("salesforce/", record.fixture, recordQuery(record))),
    ...failedRecords
      .filter(({ fixture }) => fixture === "unauthenticated")
      .map((record) => cell("salesforce/", "not set up, for an administrator", `${recordQuery(record)}&admin=1`)),
  ];
  const template = readFileSync(new URL("./page/gallery.html", import.meta.url), "utf8");
  return template
    .replace("<!-- base -->", base ? `<base href="${base}">` : "")
    .replace("<!-- zendesk -->", zendeskCells.join("\n"))
    .replace("<!-- salesforce -->", hasSalesforce ? salesforceCells.join("\n") : "");
}

const recordQuery = ({ fixture, object, id }: { fixture: string; object: string; id: string }): string =>
  `objectApiName=${object}&recordId=${id}${fixture === "offline" ? "&offline=1" : ""}`;

function cell(host: string, name: string, query: string): string {
  const frame = `<iframe title="${name}" loading="lazy" data-host="${host}" data-query="${query}"></iframe>`;
  return `<figure><figcaption>${name}</figcaption>${frame}</figure>`;
}
