import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { type NetworkFault, openPlatformFront, type PlatformFront } from "../harness/platformFront.ts";
import { PLATFORMS, type Platform } from "../lab/simulators/log.ts";

interface Situation {
  name: string;
  fault: NetworkFault;
  cause: RegExp;
  nextAction: RegExp;
}

const situations: Situation[] = [
  { name: "a name that does not resolve", fault: "name_unknown", cause: /resolved \(ENOTFOUND\)/, nextAction: /DNS/ },
  { name: "an expired certificate", fault: "expired", cause: /not valid at this time \(CERT_HAS_EXPIRED\)/, nextAction: /renew/ },
  { name: "a self-signed certificate", fault: "self_signed", cause: /not trusted/, nextAction: /NODE_EXTRA_CA_CERTS/ },
  { name: "a certificate of another host", fault: "other_name", cause: /for another name/, nextAction: /URL/ },
  { name: "a port without TLS", fault: "no_tls", cause: /No TLS connection/, nextAction: /port/ },
  { name: "a refused connection", fault: "refused", cause: /refuses connections \(ECONNREFUSED\)/, nextAction: /firewall/ },
  { name: "a reset connection", fault: "reset", cause: /ended before its response/, nextAction: /status page/ },
  { name: "a body that breaks off", fault: "reset_in_body", cause: /ended before its response/, nextAction: /status page/ },
  { name: "a sign-in page with 200", fault: { page: 200 }, cause: /web page/, nextAction: /sign-in page/ },
  { name: "a page of a proxy with 403", fault: { page: 403 }, cause: /web page/, nextAction: /sign-in page/ },
  { name: "a page of another host with 404", fault: { page: 404 }, cause: /web page/, nextAction: /sign-in page/ },
  { name: "a page of a proxy with 502", fault: { page: 502 }, cause: /502/, nextAction: /status of the platform/ },
];
// Each situation on one platform; the full run has all of them.
const isFull = process.env["SIDELIGHT_FULL"] === "1";
const cells = situations.flatMap((situation, s) =>
  PLATFORMS.flatMap((platform, p) => (isFull || s % PLATFORMS.length === p ? [{ platform, ...situation }] : [])),
);
const sectionOf = { salesforce: "account", zendesk: "support", mixpanel: "product" } as const;

let harness: Harness;
let front: PlatformFront;
afterEach(async () => {
  await harness.close();
  await front.close();
});

async function openBehindFront(platform: Platform): Promise<void> {
  harness = await openHarness({
    async prepare(lab) {
      front = await openPlatformFront(`${platform}.lab.test`, lab.tenants["acme"]![platform].url);
    },
    configure(config) {
      for (const { settings, platform: name } of config.tenants.acme.connections) {
        if (name !== "generic") settings.pullEverySeconds = 30;
        if (name !== platform) continue;
        const urls = platform === "mixpanel" ? ["queryUrl", "exportUrl", "ingestUrl"] : ["url"];
        for (const url of urls) settings[url] = front.url;
      }
    },
  });
}
const connection = async (id: string): Promise<ConnectionStatus> =>
  (await harness.request("/v1/connections")).body.items.find((c: { id: string }) => c.id === id);
// Pulls as frequent as here use up the quota of Mixpanel. That forecast is no outage.
const alerts = async (): Promise<Alert[]> =>
  (await harness.request("/v1/alerts?limit=100")).body.items.filter(({ kind }: Alert) => kind !== "quota_runs_out");
const openAlerts = async (): Promise<Alert[]> => (await alerts()).filter(({ closedAt }) => closedAt === null);
const waitFor = async (label: string, isTrue: () => Promise<boolean>) => await advanceUntil(harness.clock, 1_000, label, isTrue);
const read = async () => {
  const { people } = harness.lab.tenants["acme"]!.world;
  const ref = `email:${people.find((p) => p.tags.includes("demo"))!.email}`;
  return (await advanceUntilSettled(harness.clock, harness.context(ref))).value.body;
};

describe.each(cells)("$name, $platform", ({ platform, fault, cause, nextAction }) => {
  it("is one alert with its cause and next action, deletes nothing, and ends without a request of a caller", async () => {
    await openBehindFront(platform);
    const stored = await read();
    front.fail(fault);
    await waitFor("the alert", async () => (await openAlerts()).length > 0);
    await waitFor("a failure of the connection", async () => (await connection(platform)).state === "failing");
    const expected = { connection: platform, cause: expect.stringMatching(cause), nextAction: expect.stringMatching(nextAction) };
    // One cause, one alert. In particular, the clock of a foreign host is not the platform's.
    expect(await openAlerts()).toMatchObject([{ kind: "circuit_open", subject: "pull", ...expected }]);
    expect(await connection(platform)).toMatchObject({ problem: expected.cause, nextAction: expected.nextAction });
    const outageAnswer = await read();
    for (const name of PLATFORMS) {
      const section = outageAnswer.sections[sectionOf[name]]!;
      expect(section, name).toMatchObject({ state: "ok", data: stored.sections[sectionOf[name]]!.data });
      if (name !== platform) expect(section.problem, name).toBeNull();
    }

    front.fail("none");
    await waitFor("the end of the alert", async () => (await openAlerts()).length === 0);
    await waitFor("all streams", async () => (await connection(platform)).state === "ok");
    expect((await alerts()).map(({ kind, reopenings }) => [kind, reopenings])).toEqual([["circuit_open", 0]]);
    expect(await connection(platform)).toMatchObject({ problem: null, nextAction: null });
    for (const name of PLATFORMS) {
      const section = (await read()).sections[sectionOf[name]];
      expect(section, name).toMatchObject({ state: "ok", problem: null, data: stored.sections[sectionOf[name]]!.data });
    }
  });
});

it("a gateway's own 404 deletes no record that it is read for", async () => {
  await openBehindFront("zendesk");
  const { tickets } = harness.lab.tenants["acme"]!.world.zendesk;
  const ref = `zendesk.ticket:${[...tickets.values()].find(({ status }) => status === "open")!.id}`;
  const stored = (await harness.context(ref)).body;
  front.fail("unrouted");
  const path = `/v1/context/${encodeURIComponent(ref)}/refresh`;
  const { value } = await advanceUntilSettled(harness.clock, harness.request(path, { method: "POST" }));
  expect(value.body.match.state).toBe("resolved");
  expect(value.body.sections.support).toMatchObject({
    data: stored.sections.support!.data,
    problem: { code: "unavailable" },
  });
  front.fail("none");
  expect((await harness.context(ref)).body.match.state).toBe("resolved");
});
