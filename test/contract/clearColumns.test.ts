import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openSqlite } from "@sidelight/context-api/store/sqlite.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendCohort, sendMixpanel } from "../harness/mixpanelWebhook.ts";
import { organizationOf, outboundMessage, sendCallout, sendOutbound } from "../harness/salesforceWebhook.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import type { ScenarioKind } from "../lab/world/mutations/index.ts";

const email = "canary.q7x@personal.example";
const phone = "+4930901820555";
const name = "Zyxwa Canarybird";
const everything = `${name} <${email}> ${phone}`;

// Nothing that names a person may be readable in the store, in the log or in the metrics, also when another party chose the id or the name.
let harness: Harness;
/** What must not be readable. */
let secrets: string[];

beforeAll(async () => {
  harness = await openHarness({ routes: true, webhooks: true });
  const scenarios: ScenarioKind[] = [
    "lead_created",
    "ticket_created",
    "angry_ticket",
    "ticket_solved",
    "deal_won",
    "owner_changed",
    "usage_stopped",
    "onboarding_completed",
    "opted_out",
  ];
  for (const [seed, kind] of [...scenarios, ...Array.from({ length: 6 }, () => "lead_created" as const)].entries())
    harness.lab.runScenario({ kind, tenant: "acme", seed });
  await sendCanaries();
  const hasUnsettled = async () =>
    (await harness.request("/v1/deliveries?state=waiting&limit=1")).body.items.length > 0 ||
    harness.senders!.waiting().length > 0;
  let quietSteps = 0;
  await advanceUntil(harness.clock, 100, "all deliveries", async () => {
    quietSteps = (await hasUnsettled()) ? 0 : quietSteps + 1;
    return quietSteps > 20;
  });
  const { world } = harness.lab.tenants["acme"]!;
  const leads = [...world.salesforce.tables.Lead.values()].flatMap((lead) => [String(lead["Email"]), String(lead["Name"])]);
  const people = world.people.flatMap((person) => [person.email, `${person.first} ${person.last}`, person.phone]);
  const users = [...world.zendesk.users.values()].flatMap((user) => [user.email, user.phone]);
  const profiles = [...world.mixpanel.profiles.values()].map((profile) => profile.distinct_id).filter((id) => id.includes("@"));
  secrets = [
    ...new Set([...leads, ...people, ...users, ...profiles, email, phone, name, "canary.q7x", "canary_q7x", "Canarybird"]),
  ].filter((text): text is string => typeof text === "string" && text.length > 6);
}, scaled(120_000));
afterAll(() => harness.close());

/** Sends addresses, phone numbers and names in every member that a sender fills, also in ids, and in messages that are quarantined. */
async function sendCanaries(): Promise<void> {
  const instant = new Date(harness.clock.now()).toISOString();
  const native = (id: string, customer: object, moreMembers: object = {}) =>
    sendGeneric(harness, {
      id,
      type: "billing.invoice_overdue",
      at: instant,
      customer,
      title: everything,
      data: { [email]: everything, phone },
      ...moreMembers,
    });
  await native(email, { email, userId: email });
  await native(phone, { userId: phone });
  await native(
    name,
    { userId: name },
    { interaction: { type: "note", priority: name, category: phone, description: everything } },
  );
  await native("bad-1", { email: `${email} ` }, { unknown: everything });
  await native("bad-2", { ref: `zendesk.user:${email}` });
  await sendGeneric(harness, {
    specversion: "1.0",
    id: email,
    source: `mailto:${email}`,
    type: `com.acme.${email}`,
    data: { customer: { email } },
  });
  await sendGeneric(harness, {
    specversion: "1.0",
    id: email,
    source: `mailto:${email}`,
    type: "com.acme.renewed",
    data: { customer: { email } },
  });
  await sendGeneric(harness, `{"broken": "${everything}`);
  await sendGeneric(harness, [{ type: everything, [email]: 1 }]);
  await sendCohort(harness, { action: "members", session: email, members: [email, phone, name], cohort: { id: 7, name } });
  await sendMixpanel(harness, { action: everything, parameters: { [email]: everything } });
  const ticket = { id: 9_100_001, requesterId: 9_100_002, updatedAt: harness.clock.now() };
  await sendZendesk(
    harness,
    ticketEvent("created", { ...ticket, subject: everything, description: everything, external_id: email, tags: [email] }),
  );
  await sendZendesk(harness, ticketEvent(email, ticket));
  await sendZendesk(harness, { ...ticketEvent("created", ticket), type: `zen:event-type:${email}`, [email]: everything });
  await sendZendesk(harness, { ticket_id: email, [email]: everything });
  const organizationId = organizationOf(harness);
  await sendOutbound(
    harness,
    outboundMessage([{ id: email, notificationId: email, fields: { Name: everything } }], { organizationId }),
  );
  await sendOutbound(
    harness,
    outboundMessage([{ id: "0015g0000027oiUAAQ", object: name, fields: { Name: everything } }], { organizationId }),
  );
  await sendCallout(harness, [{ object: "Account", id: email, what: "updated", name: email }]);
  await sendCallout(harness, [{ object: email, id: email, what: email }]);
  for (const ref of [`email:${email}`, `phone:${phone}`, `mixpanel.user:${email}`, `generic.event:${email}`])
    await harness.request("/v1/sessions", { method: "POST", body: { ref } });
  await harness.request(`/v1/events?sourceEventId=${encodeURIComponent(email)}&source=${email.slice(0, 30)}`);
  await harness.request(`/v1/deliveries/${encodeURIComponent(email)}/retry`, { method: "POST" });
  await harness.request("/v1/deliveries/retry", { method: "POST", body: { source: email, type: name, cause: phone } });
  await harness.request("/v1/config/rollback", { method: "POST", body: { version: email } });
  await harness.request(`/v1/timeline/${encodeURIComponent(`person:${email}`)}`, { headers: { "x-request-id": email } });
}

const readable = (text: string): string[] => secrets.filter((secret) => text.includes(secret));

it("no column of the store that is not sealed contains an address, a phone number or a name", () => {
  const { raw: db } = openSqlite(join(harness.directory, "sidelight.sqlite"), "read");
  const tables = db.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[];
  expect(tables.length).toBeGreaterThan(20);
  const findings: string[] = [];
  for (const table of tables) {
    for (const row of db.prepare(`select * from "${table}"`).iterate() as Iterable<Record<string, unknown>>) {
      for (const [column, value] of Object.entries(row)) {
        const text = Buffer.isBuffer(value) ? value.toString("latin1") : String(value);
        findings.push(...readable(text).map((secret) => `${table}.${column}: ${secret}`));
      }
    }
  }
  db.close();
  expect([...new Set(findings)]).toEqual([]);
});

it("no file of the data folder contains one, the write-ahead log included", () => {
  const files = readdirSync(harness.directory).filter((file) => file.startsWith("sidelight.sqlite"));
  expect(files).toContain("sidelight.sqlite-wal");
  for (const file of files) expect(readable(readFileSync(join(harness.directory, file), "latin1")), file).toEqual([]);
});

it("no line of the log and no metric contains one", async () => {
  expect(harness.logged.length).toBeGreaterThan(50);
  expect(readable(harness.logged.join("\n"))).toEqual([]);
  expect(readable((await harness.request("/metrics", { role: null })).text)).toEqual([]);
});

it("the lists for operators show no id that a customer chose", async () => {
  const { body } = await harness.request("/v1/deliveries?limit=1000&state=done");
  expect(body.items.map(({ ref }: { ref: string | null }) => ref)).toContain("mixpanel.user:•••");
  for (const path of ["deliveries", "quarantine", "alerts", "calls", "config/routes", "connections", "config"]) {
    const { status, text } = await harness.request(`/v1/${path}${/config|connections/.test(path) ? "" : "?limit=1000"}`);
    expect([path, status, readable(text)]).toEqual([path, 200, []]);
  }
});
