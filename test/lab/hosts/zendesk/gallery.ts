import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { type FixtureApi, fixtureApi, scenarios } from "./fixtureApi.ts";
import { fetchFixtureTicket, fixtureTickets } from "./fixtureTickets.ts";
import { zendeskHost } from "./host.ts";

export interface GalleryDeps {
  /** Address of this gallery, as the lab's server reaches it: "http://127.0.0.1:8787/gallery". */
  selfUrl: () => string;
  appDist: string;
  homeUrl: string;
  now?: () => number;
}

export interface Gallery {
  app: Hono;
  api: FixtureApi;
}

/** Every state of the Zendesk app side by side, over fixtures: no API, no simulator. Its host page is at `host/`. */
export function zendeskGallery({ selfUrl, appDist, homeUrl, now }: GalleryDeps): Gallery {
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
  app.get("/", (c) => c.html(page(new URL(c.req.url).pathname)));
  // Mounted by `fetch`, so that the API sees paths from its own root.
  app.mount("/api", api.app.fetch);
  app.route("/host", host);
  return { app, api };
}

/** The names are constants, so they need no escaping. */
function page(path: string): string {
  const base = path.endsWith("/") ? "" : `${path.slice(path.lastIndexOf("/") + 1)}/`;
  const cells = [
    ...scenarios.map(({ scenario, ticket }) => cell(scenario, `ticket=${ticket}`)),
    cell("waiting for a requester", "location=new_ticket_sidebar&ticket=0"),
    cell("organization", `location=organization_sidebar&ticket=${scenarios[0]?.ticket}`),
    cell("German", `ticket=${scenarios[0]?.ticket}&locale=de-DE`),
    cell("Arabic", `ticket=${scenarios[0]?.ticket}&locale=ar-EG`),
    cell("pseudo-locale", `ticket=${scenarios[0]?.ticket}&locale=en-XA`),
  ];
  const template = readFileSync(new URL("./page/gallery.html", import.meta.url), "utf8");
  return template.replace("<!-- base -->", base ? `<base href="${base}">` : "").replace("<!-- cells -->", cells.join("\n"));
}

function cell(name: string, query: string): string {
  return `<figure><figcaption>${name}</figcaption><iframe title="${name}" loading="lazy" data-query="${query}"></iframe></figure>`;
}
