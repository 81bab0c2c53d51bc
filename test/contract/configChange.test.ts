import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigChange } from "@sidelight/contracts/config/change.ts";
import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { healthField } from "../harness/ticketRoutes.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import type { TenantWorld } from "../lab/world/tenant.ts";

const routeOf = (world: TenantWorld) => ({
  id: "score",
  on: "zendesk.ticket.created",
  when: "event.interaction.priority = 'urgent'",
  to: "zendesk",
  do: "set-ticket-fields",
  with: `{ "ticket": ref, "fields": [{ "id": ${healthField(world).id}, "value": 10 }] }`,
});
let harness: Harness;
let original: string;
let files: ConfigStatus;
beforeAll(async () => {
  let route: object;
  harness = await openHarness({
    prepare: async (lab) => {
      route = routeOf(lab.tenants["acme"]!.world);
    },
    configure: (config) => {
      config.tenants.acme.routing = { routes: [route] };
    },
  });
  original = await readFile(join(harness.directory, "sidelight.yaml"), "utf8");
  files = await status();
  await ticket("URGENT");
  await ticket("NORMAL");
  await advanceUntil(harness.clock, 20, "the delivery", async () => (await deliveries()).some(({ state }) => state === "done"));
});
afterAll(() => harness.close());
afterEach(async () => {
  if ((await status()).version !== files.version)
    await harness.request("/v1/config/rollback", { method: "POST", body: { version: files.version } });
});

const status = async (): Promise<ConfigStatus> => (await harness.request("/v1/config")).body;
const deliveries = async () =>
  (await harness.request("/v1/deliveries")).body.items as { state: string; config: string; route: string }[];
const textOf = async (version = files.version): Promise<string> =>
  (await harness.request(`/v1/config/versions/${version}`)).body.text;
const post = (body: object) => harness.request("/v1/config", { method: "POST", body: { base: files.version, ...body } });
const change = async (body: object) => {
  const { status: code, body: answer } = await post(body);
  expect(code).toBe(200);
  return ConfigChange.parse(answer);
};
let ticketCount = 0;
async function ticket(priority: string): Promise<void> {
  const allTickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()].filter(
    ({ status: state }) => state !== "closed",
  );
  const { id, requester_id: requesterId } = allTickets[ticketCount++]!;
  const fields = { id, requesterId, updatedAt: harness.clock.now(), priority, subject: "Hello" };
  await sendZendesk(harness, ticketEvent("created", fields));
}
const condition = ["routing", "routes", "score", "when"];

describe("a change of the configuration through the API", () => {
  it("is no change when the text of the active version is sent back", async () => {
    expect(await change({ text: await textOf() })).toMatchObject({ version: files.version, issues: [], changes: [] });
  });

  it("shows its differences and activates nothing when it is only checked", async () => {
    const answer = await change({ set: [{ path: condition, value: "true" }] });
    expect(answer).toMatchObject({
      base: files.version,
      issues: [],
      reopens: false,
      dryRun: null,
      applied: null,
      changes: [{ path: "routing.routes.score.when", next: '"true"' }],
    });
    expect(answer.version).not.toBe(files.version);
    expect((await status()).version).toBe(files.version);
  });

  it("reports every fault with its line and place, and refuses to apply it", async () => {
    const text = (await textOf()).replace("do: set-ticket-fields", "do: set-ticket-field").replace("csatDays: ", "csatDay: ");
    const answer = await change({ text });
    expect(answer.version).toBeNull();
    expect(answer.issues).toContainEqual(expect.objectContaining({ path: "csatDay", message: "Unrecognized key" }));
    expect(answer.issues.every(({ line }) => line !== null)).toBe(true);
    const wrongAction = await change({ text: (await textOf()).replace("do: set-ticket-fields", "do: set-ticket-field") });
    expect(wrongAction.issues).toEqual([
      expect.objectContaining({ path: "routing.routes.0.do", message: expect.stringContaining("set-ticket-fields") }),
    ]);
    const refusal = await post({ text, mode: "apply", reason: "A try" });
    expect(refusal).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(refusal.body.errors).toContainEqual(expect.objectContaining({ pointer: "/csatDay" }));
    expect(await change({ text: "routing: [" })).toMatchObject({
      version: null,
      issues: [expect.objectContaining({ path: null })],
    });
  });

  it("says what the events of the last days would have led to", async () => {
    const { dryRun } = await change({ set: [{ path: condition }], mode: "dry_run" });
    expect(dryRun).toMatchObject({ same: 1, added: 1, removed: 0, changed: 0, isComplete: true });
    expect(dryRun!.routes).toEqual([
      expect.objectContaining({ route: "score", what: "zendesk set-ticket-fields", added: 1, examples: [expect.anything()] }),
    ]);
    expect((await deliveries()).length).toBe(1);
  });

  it("applies at once and stays after a restart, until the files change", async () => {
    const { version, applied } = await change({
      set: [{ path: condition }],
      mode: "apply",
      reason: "Every ticket has a score",
    });
    expect(applied).toMatchObject({ version, origin: "change", pinned: { version, over: files.version } });
    const countBefore = (await deliveries()).length;
    await ticket("NORMAL");
    await advanceUntil(harness.clock, 20, "the delivery", async () => (await deliveries()).length === countBefore + 1);
    expect((await deliveries())[0]).toMatchObject({ route: "score", config: version });

    await harness.restart();
    expect(await status()).toMatchObject({ version, origin: "change" });
    const { items } = (await harness.request("/v1/audit?limit=5")).body;
    expect(items).toContainEqual(
      expect.objectContaining({
        verb: "config.change",
        ids: expect.objectContaining({ version, reason: "Every ticket has a score" }),
      }),
    );
    const file = join(harness.directory, "sidelight.yaml");
    await writeFile(file, original.replace("score", "points"));
    await harness.runtime.reload();
    expect(await status()).toMatchObject({ origin: "reload", pinned: null });
    await writeFile(file, original);
    await harness.runtime.reload();
    expect((await status()).version).toBe(files.version);
  });

  it("reopens the connections for a change beyond routing", async () => {
    const answer = await change({ set: [{ path: ["csatDays"], value: 45 }], mode: "apply", reason: "Longer" });
    expect(answer).toMatchObject({ reopens: true, changes: [{ path: "csatDays", next: "45" }] });
    expect((await harness.request("/v1/connections")).body.items.length).toBeGreaterThan(2);
  });

  it("ends the change when it is changed back to what the files say", async () => {
    const { version } = await change({ set: [{ path: ["csatDays"], value: 45 }], mode: "apply", reason: "Longer" });
    const changeBack = await post({ base: version!, text: await textOf(), mode: "apply", reason: "As before" });
    expect(changeBack.body.applied).toMatchObject({ version: files.version, pinned: null });
  });

  it("refuses a change that was made from another version", async () => {
    expect(await post({ base: "v00000000", set: [{ path: ["csatDays"], value: 1 }] })).toMatchObject({
      status: 409,
      body: { code: "conflict" },
    });
  });

  it.each([
    ["without a text and values", {}, "Set either text or set."],
    ["that is applied without a reason", { text: "{}", mode: "apply" }, "A change needs a reason."],
    ["with an address in the reason", { text: "{}", mode: "apply", reason: "ada@acme.com asked" }, "leave personal values out"],
  ])("is refused %s", async (_, body, detail) => {
    const refusal = await post(body);
    expect(refusal.status).toBe(400);
    expect(refusal.text).toContain(detail);
    expect(refusal.text).not.toContain("ada@");
  });

  it("names a place that does not exist", async () => {
    const { issues } = await change({ set: [{ path: ["csatDays", "deep", "down"], value: 1 }] });
    expect(issues).toEqual([expect.objectContaining({ path: "csatDays.deep.down" })]);
  });
});
