import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diffText } from "@sidelight/context-api/cli/config/diff.ts";
import { dryRunReplay } from "@sidelight/context-api/cli/replay/dryRun.ts";
import { routeTestText } from "@sidelight/context-api/cli/route/test.ts";
import type { RouteTest } from "@sidelight/contracts/events/route.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { allPlatforms } from "../harness/platforms.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const note = {
  id: "note",
  on: "zendesk.ticket.created",
  when: "record.priority = 'urgent'",
  to: "zendesk",
  do: "add-internal-note",
  with: '{ "ticket": ref, "body": "From " & customer.email }',
};
let harness: Harness;
let original: string;
let ticketId: number;
beforeAll(async () => {
  harness = await openHarness({
    configure: (config) => {
      config.tenants.acme.routing = {
        routes: [note, { ...note, id: "leads", when: "$exists(links.salesforce.lead)" }, { ...note, id: "off", enabled: false }],
      };
    },
  });
  original = await readFile(join(harness.directory, "sidelight.yaml"), "utf8");
  const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()];
  ticketId = tickets.find(({ status }) => status !== "closed")!.id;
});
afterAll(() => harness.close());

const context = () => ({
  env: { SIDELIGHT_DATA: harness.directory, SIDELIGHT_CONFIG: join(harness.directory, "sidelight.yaml") },
  clock: systemClock,
  platformNames: [],
  loadPlatforms: async () => allPlatforms,
});
const test = (body: object, options: object = {}) =>
  harness.request<RouteTest>("/v1/config/routes/test", { method: "POST", body, ...options });
const outcomes = ({ items }: Pick<RouteTest, "items">) => Object.fromEntries(items.map(({ route, outcome }) => [route, outcome]));

/** Runs with a change in the files that is not active. */
async function withFiles<T>(change: (routing: ConfigTree) => void, run: () => Promise<T>): Promise<T> {
  const config = parse(original);
  change(config.tenants.acme.routing);
  await writeFile(join(harness.directory, "sidelight.yaml"), stringify(config));
  try {
    return await run();
  } finally {
    await writeFile(join(harness.directory, "sidelight.yaml"), original);
  }
}

describe("a test of the routes", () => {
  it("shows for a past event what each route would send, and why not, and sends nothing", async () => {
    const requesterId = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!.requester_id;
    const ticket = { id: 990_001, requesterId, updatedAt: harness.clock.now(), priority: "URGENT", subject: "Export" };
    const { body } = await sendZendesk(harness, ticketEvent("created", ticket));
    const previousCount = (await harness.request("/v1/deliveries?limit=1000")).body.items.length;
    const result = await test({ event: body.eventIds[0] });
    expect(result.status).toBe(200);
    expect(outcomes(result.body)).toEqual({ note: "would_deliver", leads: "no_link", off: "disabled" });
    const [trial] = result.body.items;
    expect(trial).toMatchObject({
      eventType: "zendesk.ticket.created",
      target: "zendesk",
      action: "add-internal-note",
      payload: { ticket: "zendesk.ticket:990001", body: expect.stringMatching(/^From /) },
    });
    expect((await harness.request("/v1/deliveries?limit=1000")).body.items.length - previousCount).toBeLessThanOrEqual(1);
  });

  it("shows the same for an object as it is now", async () => {
    const { body } = await test({ ref: `zendesk.ticket:${ticketId}` });
    expect(body.items.map(({ route }) => route).sort()).toEqual(["leads", "note", "off"]);
  });

  it.each([
    [{}, 400],
    [{ event: "evt_none", ref: "zendesk.ticket:1" }, 400],
    [{ event: "evt_none" }, 404],
    [{ ref: "zendesk.ticket:4242424242" }, 404],
    [{ ref: "nonsense" }, 400],
  ])("refuses %j with %i and the next step", async (body, status) => {
    const response = await test(body);
    expect(response.status).toBe(status);
    expect((response.body as unknown as { detail: string }).detail).toBeTruthy();
  });

  it("is refused to a role that may not operate", async () => {
    expect((await test({ ref: `zendesk.ticket:${ticketId}` }, { role: "agent" })).status).toBe(403);
  });

  it("on the command line uses the files, and prints the payload in block style", async () => {
    const text = await withFiles(
      (routing) => {
        routing.routes[0].when = undefined;
        routing.routes[0].with = '{ "ticket": ref, "body": "Please check" }';
      },
      () => routeTestText({ ref: `zendesk.ticket:${ticketId}`, tenant: "acme" }, context()),
    );
    expect(text).toContain("note  zendesk.ticket.created  → zendesk add-internal-note\n  would deliver:\n");
    expect(text).toContain("    body: Please check\n");
    expect(text).toContain("off  zendesk.ticket.*\n  disabled: The route is disabled.\n");
  });
});

describe("a dry run", () => {
  const run = (hasHistory: boolean) =>
    withFiles(
      (routing) => {
        routing.routes[0].when = undefined;
        routing.routes[0].on = ["zendesk.ticket.created", "salesforce.opportunity.closed_won"];
        routing.routes[0].with = '{ "ticket": "1", "body": ref }';
      },
      () => dryRunReplay({ context: context(), tenant: "acme", since: "3650d", hasHistory, isJson: true }),
    ).then((text) => JSON.parse(text) as { events: number; differences: { event: { type: string }; kind: string }[] });

  it("reads imported history as if it had just happened", { timeout: 60_000 }, async () => {
    const live = await run(false);
    const { events, differences } = await run(true);
    const { tickets } = harness.lab.tenants["acme"]!.world.zendesk;
    expect(events).toBeGreaterThan(live.events + [...tickets.values()].length);
    const types = new Set(differences.filter(({ kind }) => kind === "added").map(({ event }) => event.type));
    expect(types).toEqual(new Set(["zendesk.ticket.created", "salesforce.opportunity.closed_won"]));
  });
});

describe("a difference between configurations", () => {
  it("is shown in block style, without the members that have their default", async () => {
    const text = await withFiles(
      (routing) => {
        routing.routes.push({ ...note, id: "second", with: '{\n  "ticket": ref,\n  "body": "Second"\n}' });
        routing.routes[0].when = "record.priority in ['high', 'urgent']";
      },
      () => diffText(undefined, { tenant: "acme" }, context()),
    );
    expect(text).toContain(
      `  routing.routes.note.when: "record.priority = 'urgent'" → "record.priority in ['high', 'urgent']"\n`,
    );
    expect(text).toMatch(/ {2}routing\.routes\.second: added\n {4}\+ id: second\n/);
    expect(text).toContain('    +     "body": "Second"\n');
    expect(text).not.toMatch(/onFailure|optional|about|enabled/);
  });

  it("names default routes in one line", async () => {
    const text = await withFiles(
      (routing) => {
        routing.defaults = true;
      },
      () => diffText(undefined, { tenant: "acme" }, context()),
    );
    expect(text).toMatch(/ {2}default routes added: .*ticket-to-case/);
    expect(text).toMatch(/ {2}default transformers added: .*ticketEnrichment/);
    expect(text.split("\n").length).toBeLessThan(12);
  });
});

describe("a default route", () => {
  it("is switched off by its id and enabled: false alone, and a typing error in the id is reported", async () => {
    const check = (id: string) =>
      withFiles(
        (routing) => {
          routing.defaults = true;
          routing.routes.push({ id, enabled: false });
        },
        () => routeTestText({ ref: `zendesk.ticket:${ticketId}`, tenant: "acme" }, context()),
      );
    expect(await check("ticket-to-case")).toContain("ticket-to-case  zendesk.ticket.*\n  disabled");
    await expect(check("ticket-to-csae")).rejects.toThrow(
      /there is no default route ticket-to-csae; did you mean ticket-to-case\?/,
    );
  });
});
