import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab, LabTenant } from "../../simulators/lab.ts";
import { tinyLab, zendeskClient } from "../../simulators/testing.ts";
import { zendeskHost } from "./host.ts";
import type { TicketPage } from "./tickets.ts";

let lab: Lab;
let acme: LabTenant;
let site: Hono;

beforeAll(async () => {
  ({ lab, acme } = await tinyLab());
  const zendesk = await zendeskClient(acme);
  const host = zendeskHost({
    apiUrl: () => "http://localhost:8787",
    settings: () => ({ api_key: "secret-key" }),
    jwtSecret: "shared-secret",
    appDist: import.meta.dirname,
    fetchZendesk: async (path) => (await zendesk("GET", path)).body,
    exampleTickets: () => [{ id: 1, subject: "One" }],
    homeUrl: "/",
  });
  site = new Hono({ strict: false }).route("/zendesk", host);
});
afterAll(() => lab.close());

const post = (headers: Record<string, string>) =>
  site.request("/zendesk/request", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ url: "https://elsewhere.example/", secure: true }),
  });

describe("the Zendesk host page", () => {
  it("serves its files with and without a slash at the end of its address", async () => {
    expect(await (await site.request("/zendesk")).text()).toContain('<base href="zendesk/">');
    expect(await (await site.request("/zendesk/")).text()).not.toContain("<base");
    for (const file of ["page.css", "ticket.css", "page.js", "zaf.js", "editor.js", "workspace.js"]) {
      expect([file, (await site.request(`/zendesk/${file}`)).status]).toEqual([file, 200]);
    }
  });

  it("gives the page the installation without its secrets", async () => {
    const body = await (await site.request("/zendesk/workspace.json")).text();
    expect(JSON.parse(body)).toMatchObject({
      metadata: { settings: { api_url: "http://localhost:8787" } },
      tickets: [{ id: 1 }],
    });
    expect(body).not.toContain("secret");
  });

  it("shows a ticket of the REST API", async () => {
    const [ticket] = [...acme.world.zendesk.tickets.values()].filter(({ status }) => status === "solved");
    const page = (await (await site.request(`/zendesk/tickets/${ticket!.id}`)).json()) as TicketPage;
    const requester = acme.world.zendesk.users.get(ticket!.requester_id);
    expect(page).toMatchObject({
      ticket: { id: ticket!.id, subject: ticket!.subject, status: "solved" },
      requester: { id: ticket!.requester_id, name: requester!.name },
    });
    expect(page.messages[0]).toMatchObject({ author: requester!.name, fromAgent: false, text: ticket!.description });
    expect((await site.request("/zendesk/tickets/999999999")).status).toBe(404);
  });

  it("refuses requests of other sites", async () => {
    expect((await post({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await post({ "content-type": "text/plain" })).status).toBe(403);
    expect(await (await post({ "sec-fetch-site": "same-origin" })).json()).toMatchObject({ status: 403 });
  });
});
