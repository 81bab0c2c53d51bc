import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@sidelight/context-api/config/load.ts";
import { ConfigStatus, ConfigVersionList, ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { effectsOf } from "../lab/control/effects.ts";

const tagRoute = {
  id: "tag-requester",
  on: "zendesk.ticket.created",
  to: "zendesk",
  do: "add-user-tags",
  with: '{ "user": "zendesk.user:" & links.zendesk.user, "tags": ["wrote"] }',
};
let harness: Harness;
/** The configuration file at the start. */
let original: string;
let originalStatus: ConfigStatus;
beforeAll(async () => {
  harness = await openHarness({
    otherTenant: true,
    configure: (config) => {
      config.tenants.acme.routing = { routes: [tagRoute] };
    },
  });
  original = await readFile(join(harness.directory, "sidelight.yaml"), "utf8");
  originalStatus = await status();
});
afterAll(() => harness.close());
afterEach(async () => {
  await write(original);
  await harness.runtime.reload();
  expect(await status()).toMatchObject({ version: originalStatus.version, problem: null, pinned: null, needsRestart: [] });
});

const write = (text: string, file = "sidelight.yaml") => writeFile(join(harness.directory, file), text);
/** The original file with a change. */
function changedConfig(change: (config: ConfigTree) => void): string {
  const config = parse(original);
  change(config);
  return stringify(config);
}
const status = async (tenant = "acme"): Promise<ConfigStatus> =>
  ConfigStatus.parse((await harness.request("/v1/config", { tenant })).body);

/** Lets the process read its files until the status is the expected one. */
async function statusWhen(tenant: string, isExpected: (status: ConfigStatus) => boolean): Promise<ConfigStatus> {
  let last = await status(tenant);
  await advanceUntil(harness.clock, 500, "the configuration", async () => {
    last = await status(tenant);
    return isExpected(last);
  });
  return last;
}

const routeWithTag = (name: string) => ({ ...tagRoute, with: tagRoute.with.replace("wrote", name) });
const routes = (...versions: object[]) =>
  changedConfig((config) => {
    config.tenants.acme.routing = { routes: versions };
  });

/** A requester that the store contains. */
function requester(): number {
  const [ticket] = harness.lab.tenants["acme"]!.world.zendesk.tickets.values();
  return Number((ticket as unknown as { requester_id: number }).requester_id);
}
let tickets = 980_000;
/** Creates a ticket. @returns its deliveries, once none is waiting */
async function deliveriesOfNewTicket(): Promise<{ route: string; state: string; config: string }[]> {
  const ticket = { id: ++tickets, requesterId: requester(), updatedAt: harness.clock.now() };
  const { body } = await sendZendesk(harness, ticketEvent("created", ticket));
  let deliveries: { eventId: string; route: string; state: string; config: string }[] = [];
  await advanceUntil(harness.clock, 20, "the deliveries", async () => {
    deliveries = (await harness.request("/v1/deliveries?limit=1000")).body.items;
    deliveries = deliveries.filter((d) => d.eventId === body.eventIds[0]);
    return deliveries.length > 0 && deliveries.every((d) => d.state !== "waiting");
  });
  return deliveries.map(({ route, state, config }) => ({ route, state, config }));
}
const tagsOfRequester = (): string => {
  const { user = [] } = effectsOf({ acme: harness.lab.tenants["acme"]!.world }, "zendesk") as Record<string, { id: string }[]>;
  return JSON.stringify(user.find(({ id }) => id === String(requester())));
};
const signIns = (): number => harness.requests().filter((r) => /oauth2?\/token/.test(r.path)).length;

describe("a configuration", () => {
  it("has a version that every answer and delivery names, and that operators can read", async () => {
    const { version, origin, files, problem, pinned, environment } = await status();
    expect(version).toMatch(/^v[0-9a-f]{8}$/);
    expect({ origin, files, problem, pinned, environment }).toEqual({
      origin: "start",
      files: ["sidelight.yaml"],
      problem: null,
      pinned: null,
      environment: null,
    });
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    expect((await harness.context(ref!)).body.config).toBe(version);
    expect(await deliveriesOfNewTicket()).toEqual([{ route: "tag-requester", state: "done", config: version }]);
    expect(tagsOfRequester()).toContain("wrote");
    for (const path of ["/v1/config", "/v1/config/versions", `/v1/config/versions/${version}`])
      expect((await harness.request(path, { role: "service" })).body.code, path).toBe("forbidden");
    const rollback = { role: "service", method: "POST", body: { version } } as const;
    expect((await harness.request("/v1/config/rollback", rollback)).body.code).toBe("forbidden");
  });

  it("keeps its version when it is split into files or reordered", async () => {
    const previous = await status();
    const { tenants, ...rest } = parse(original);
    await write(stringify(rest), "base.yaml");
    await write(`include: [base.yaml] # base\n${stringify({ tenants: { globex: tenants.globex, acme: tenants.acme } })}`);
    const next = await statusWhen("acme", ({ files }) => files.length === 2);
    expect(next).toEqual({ ...previous, files: ["sidelight.yaml", "base.yaml"] });
  });
});

describe("a change of routes while Sidelight runs", () => {
  it("applies from the next event, under a new version, without effect on other tenants and without a new sign-in", async () => {
    const [previous, globexStatus] = [await status(), await status("globex")];
    const signInCount = signIns();
    await write(routes(routeWithTag("wrote-again")));
    const next = await statusWhen("acme", ({ version }) => version !== previous.version);
    expect(next).toMatchObject({ origin: "reload", problem: null, needsRestart: [] });
    expect(await deliveriesOfNewTicket()).toEqual([{ route: "tag-requester", state: "done", config: next.version }]);
    expect(tagsOfRequester()).toContain("wrote-again");
    expect(await status("globex")).toEqual(globexStatus);
    expect(signIns()).toBe(signInCount);
    expect(harness.runtime.tenants.get("acme")!.routing!.activeRoutes().version).toBe(next.version);
    expect((await harness.request("/v1/config/routes")).body.version).toBe(next.version);
  });

  it("shows in the next answer, also in a cached one", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const { version } = await status();
    await harness.context(ref!);
    expect((await harness.context(ref!)).tier).toBe("memory");
    await write(routes());
    const next = await statusWhen("acme", (s) => s.version !== version);
    expect((await harness.context(ref!)).body.config).toBe(next.version);
  });

  it("can be in an included file", async () => {
    const { version } = await status();
    const routesFile = (name: string) => stringify({ tenants: { acme: { routing: { routes: [routeWithTag(name)] } } } });
    await write(routesFile("from-a-file"), "routes.yaml");
    await write(`include: [routes.yaml]\n${routes({ id: "tag-requester", enabled: true })}`);
    const includedStatus = await statusWhen("acme", (s) => s.version !== version);
    expect(includedStatus.files).toEqual(["sidelight.yaml", "routes.yaml"]);
    await write(routesFile("from-the-file-changed"), "routes.yaml");
    await statusWhen("acme", (s) => s.version !== includedStatus.version);
    await deliveriesOfNewTicket();
    expect(tagsOfRequester()).toContain("from-the-file-changed");
    await rm(join(harness.directory, "routes.yaml"));
    const { problem } = await statusWhen("acme", (s) => s.problem !== null);
    expect(problem!.issues).toEqual([
      { file: "sidelight.yaml", line: 1, path: "include.0", message: "routes.yaml cannot be read" },
    ]);
  });
});

describe("an error in the configuration while Sidelight runs", () => {
  const lineOf = (text: string, needle: string) => text.split("\n").findIndex((line) => line.includes(needle)) + 1;
  it.each([
    ["an unknown transformer", routesText({ with: "noSuchTransform" }), "with: ", "with", /no transformer noSuchTransform/],
    ["invalid JSONata", routesText({ when: "event.(" }), "when: ", "when", /invalid JSONata: .* at character \d+/],
    ["an unknown function", routesText({ when: "$system('rm')" }), "when: ", "when", /no \$system, at character \d+/],
    ["a function that reads the clock", routesText({ when: "$now() > event.timestamp" }), "when: ", "when", /no \$now/],
    ["an argument of a wrong type", routesText({ when: "$contains(7, event.data.x)" }), "when: ", "when", /wrong type: T0410/],
    [
      "an input of a wrong type",
      routesText({ with: '{ "user": 7, "tags": ["x"] }' }),
      "with: ",
      "with",
      /user: .*expected string/,
    ],
    ["an unknown input", routesText({ with: '{ "usr": ref, "tags": ["x"] }' }), "with: ", "with", /user: .*received undefined/],
    ["an unknown action", routesText({ do: "sing" }), "do: ", "do", /Zendesk has no action sing/],
    ["an unknown connection", routesText({ to: "hubspot" }), "to: ", "to", /no connection hubspot/],
  ])("keeps the last valid version and reports the file and line: %s", async (_, makeText, needle, field, message) => {
    const { version } = await status();
    const text = makeText();
    await write(text);
    const next = await statusWhen("acme", (s) => s.problem !== null);
    expect(next.version).toBe(version);
    const [issue, ...moreIssues] = next.problem!.issues;
    expect(issue).toMatchObject({ file: "sidelight.yaml", path: `tenants.acme.routing.routes.0.${field}` });
    expect(issue!.message).toMatch(message);
    expect(issue!.line).toBe(lineOf(text, needle));
    for (const moreIssue of moreIssues) expect(moreIssue.path).toBe(issue!.path);
    expect(await deliveriesOfNewTicket()).toEqual([{ route: "tag-requester", state: "done", config: version }]);
  });

  it.each([
    ["a YAML alias that contains itself", "routing: &a\n  settings: *a\n", /alias \*a contains itself/],
    ["YAML that is nested too deep", `tenants: ${"[".repeat(5_000)}${"]".repeat(5_000)}\n`, /nested deeper/],
    ["a YAML alias bomb", `a: &a [${"x,".repeat(99)}x]\nb: &b [${"*a,".repeat(99)}*a]\nc: [${"*b,".repeat(99)}*b]\n`, /aliases/],
  ])("keeps the last valid version and shows the problem: %s", async (_, text, message) => {
    const { version } = await status();
    await write(text);
    const next = await statusWhen("acme", (s) => s.problem !== null);
    expect(next.version).toBe(version);
    expect(next.problem!.issues[0]!.message).toMatch(message);
  });

  function routesText(overrides: object): () => string {
    return () => routes({ ...tagRoute, ...overrides });
  }

  it("opens an alert until it is corrected, and shows other tenants nothing of this one", async () => {
    const open = async (tenant: string) =>
      (await harness.request("/v1/alerts?state=open&type=config_refused", { tenant })).body.items;
    const [acmeStatus, globexStatus] = [await status(), await status("globex")];
    await write(routes({ ...tagRoute, to: "secret-project" }));
    await statusWhen("acme", (s) => s.problem !== null);
    await until("the alerts open", async () => (await open("acme")).length === 1 && (await open("globex")).length === 1);
    expect((await open("acme"))[0]).toMatchObject({ kind: "config_refused", severity: "critical" });
    expect((await open("acme"))[0].message).toMatch(
      /sidelight\.yaml:\d+: tenants\.acme\.routing\.routes\.0\.to: .*secret-project/,
    );
    const globex = await harness.request("/v1/config", { tenant: "globex" });
    expect(globex.body.problem.issues).toHaveLength(1);
    expect(JSON.stringify([globex.body, await open("globex")])).not.toMatch(/secret-project|acme/);
    const since = (await status()).problem!.since;
    await write("tenants: [");
    const invalidStatus = await statusWhen("acme", (s) => s.problem?.issues[0]?.path === null);
    expect(invalidStatus.problem).toMatchObject({ since, issues: [{ file: "sidelight.yaml", line: 1 }] });
    await write(original);
    expect(await statusWhen("acme", (s) => s.problem === null)).toEqual(acmeStatus);
    expect(await status("globex")).toEqual(globexStatus);
    await until("the alerts close", async () => (await open("acme")).length + (await open("globex")).length === 0);
  });

  it("is reported for files that include each other", async () => {
    await write("include: [sidelight.yaml]\n", "round.yaml");
    await write(`# Ours.\ninclude: [round.yaml]\n${original}`);
    const { problem } = await statusWhen("acme", (s) => s.problem !== null);
    expect(problem!.issues).toEqual([
      {
        file: "round.yaml",
        line: 1,
        path: "include.0",
        message: "includes itself: sidelight.yaml → round.yaml → sidelight.yaml",
      },
    ]);
  });
});

describe("a change of more than routes", () => {
  const withRoles = (roles: object) =>
    changedConfig((config) => {
      config.tenants.acme.roles = roles;
    });

  it("reopens the tenant: rights apply at once, streams end, and unchanged connections stay signed in", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const { body } = await harness.context(ref!, { role: "agent" });
    expect(body.customer!.masked).not.toEqual([]);
    const response = await harness.app.request(`/v1/context/${encodeURIComponent(ref!)}/stream`, {
      headers: { authorization: `Bearer ${harness.keys["acme"]!.agent}` },
    });
    const reader = response.body!.getReader();
    await reader.read();
    const [previous, signInCount] = [await status(), signIns()];
    expect(signInCount).toBeGreaterThan(0);
    const { tenant: old } = harness.runtime.tenants.get("acme")!;
    await write(withRoles({ agent: { pii: true } }));
    const next = await statusWhen("acme", (s) => s.version !== previous.version);
    expect((await harness.context(ref!, { role: "agent" })).body).toMatchObject({
      config: next.version,
      customer: { masked: [] },
    });
    let isDone = false;
    while (!isDone) isDone = (await reader.read()).done;
    const { tenant, routing } = harness.runtime.tenants.get("acme")!;
    expect(tenant).not.toBe(old);
    expect(tenant.connections.every((c, i) => c === old.connections[i])).toBe(true);
    expect(routing!.activeRoutes().version).toBe(next.version);
    expect(await deliveriesOfNewTicket()).toEqual([{ route: "tag-requester", state: "done", config: next.version }]);
    expect(signIns()).toBe(signInCount);
  });

  it("closes a connection that was removed or changed, and keeps the others", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const previous = await status();
    await write(
      changedConfig((config) => {
        const { connections } = config.tenants.acme;
        config.tenants.acme.connections = connections.filter((c: { id: string }) => c.id !== "mixpanel");
        connections.find((c: { id: string }) => c.id === "salesforce").freshness = { freshMinutes: 1, staleMinutes: 5 };
      }),
    );
    await statusWhen("acme", (s) => s.version !== previous.version);
    harness.clock.advance(20_000);
    const { body } = await harness.context(ref!);
    expect(body.sections.product?.state).toBe("not_connected");
    expect(body.sections.support?.data).not.toBeNull();
    expect(harness.runtime.isReady().ready).toBe(true);
    const ids = (await harness.request("/v1/connections")).body.items.map((c: { id: string }) => c.id);
    expect(ids).toEqual(["salesforce", "zendesk", "generic"]);
  });

  it("reports what needs a restart", async () => {
    await write(
      changedConfig((config) => {
        config.http.requestsPerMinute = 77;
        config.tenants.initech = { connections: [] };
      }),
    );
    const { needsRestart, problem } = await statusWhen("acme", (s) => s.needsRestart.length > 0);
    expect([needsRestart, problem]).toEqual([["http.requestsPerMinute"], null]);
    expect(harness.logged.join("\n")).toContain('"needsRestart":["http.requestsPerMinute","tenants.initech"]');
  });
});

describe("a rollback", () => {
  const rollback = (version: string) => harness.request("/v1/config/rollback", { method: "POST", body: { version } });

  it("activates an earlier version at once, also after a restart, until the files change", async () => {
    const { version: first } = await status();
    await write(routes(routeWithTag("second")));
    const { version: second } = await statusWhen("acme", (s) => s.version !== first);
    const { status: code, body } = await rollback(first);
    expect([code, body]).toEqual([200, expect.objectContaining({ version: first, origin: "rollback" })]);
    expect(body.pinned).toEqual({ version: first, over: second });
    expect((await deliveriesOfNewTicket())[0]!.config).toBe(first);
    expect((await rollback("v00000000")).body.code).toBe("not_found");

    await harness.restart();
    expect(await status()).toMatchObject({ version: first, origin: "rollback", pinned: { version: first, over: second } });
    // A comment does not change the version.
    await write(`# Second thoughts.\n${routes(routeWithTag("second"))}`);
    await harness.runtime.reload();
    expect((await status()).version).toBe(first);

    await write(routes(routeWithTag("third")));
    const thirdStatus = await statusWhen("acme", (s) => s.pinned === null);
    expect([first, second]).not.toContain(thirdStatus.version);
    expect(thirdStatus.origin).toBe("reload");
    // The version that was rolled back from can be activated by the files again.
    await write(routes(routeWithTag("second")));
    await statusWhen("acme", (s) => s.version === second && s.pinned === null);
  });

  it("replaces the current files, also when they have not been read yet", async () => {
    const { version: first } = await status();
    await write(routes(routeWithTag("too-soon")));
    const { body } = await rollback(first);
    expect(body).toMatchObject({ version: first, problem: null, pinned: { version: first } });
    expect(body.pinned.over).not.toBe(first);
    await harness.runtime.reload();
    expect(await status()).toEqual(body);
  });

  it("ends with a rollback to the version of the files", async () => {
    const { version: first } = await status();
    await write(routes(routeWithTag("newer")));
    const { version: newer } = await statusWhen("acme", (s) => s.version !== first);
    await rollback(first);
    expect((await rollback(newer)).body).toMatchObject({ version: newer, pinned: null });
  });

  it("lists the versions that were active and shows one as YAML", async () => {
    const { version } = await status();
    const { items } = ConfigVersionList.parse((await harness.request("/v1/config/versions")).body);
    expect(items[0]!.version).toBe(version);
    expect(items.length).toBeGreaterThan(5);
    expect(items.map((i) => i.since)).toEqual(
      items
        .map((i) => i.since)
        .toSorted()
        .toReversed(),
    );
    const page = await harness.request("/v1/config/versions?limit=2");
    const next = await harness.request(`/v1/config/versions?limit=2&cursor=${page.body.nextCursor}`);
    expect([...page.body.items, ...next.body.items]).toEqual(items.slice(0, 4));
    const versionText = ConfigVersionText.parse((await harness.request(`/v1/config/versions/${version}`)).body);
    expect(parse(versionText.text).routing.routes[0].id).toBe("tag-requester");
    const response = await harness.request(`/v1/config/versions/${version}`, { tenant: "globex" });
    expect(response.body.code).toBe("not_found");
  });
});

describe("the configuration's page", () => {
  it("shows an overlay that fits its base files", async () => {
    const page = await readFile(new URL("../../docs/configuration.md", import.meta.url), "utf8");
    const yamlOf = (name: string) => new RegExp(`\`\`\`ya?ml\\n# ${name}\\n([^]*?)\`\`\``).exec(page)![1]!;
    const folder = await mkdtemp(join(tmpdir(), "sidelight-page-"));
    try {
      for (const name of ["sidelight.yaml", "sidelight.staging.yaml"]) await writeFile(join(folder, name), yamlOf(name));
      const route = { ...tagRoute, id: "churn-risk" };
      await writeFile(join(folder, "routes.yaml"), stringify({ tenants: { mycompany: { routing: { routes: [route] } } } }));
      const { config } = await loadConfig(join(folder, "sidelight.yaml"), "staging");
      const { connections, routing } = config.tenants["mycompany"]!;
      expect(connections[0]).toMatchObject({
        platform: "zendesk",
        environment: "sandbox",
        settings: { auth: { clientId: "sidelight" } },
      });
      expect(routing.routes).toEqual([expect.objectContaining({ id: "churn-risk", do: "add-user-tags", enabled: false })]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
