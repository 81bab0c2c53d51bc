import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@sidelight/context-api/config/load.ts";
import { ConfigStatus, ConfigVersionList, ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { effectsOf } from "../lab/control/effects.ts";
import { type ConfigTree, type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

const tagging = {
  id: "tag-requester",
  on: "zendesk.ticket.created",
  to: "zendesk",
  do: "add-user-tags",
  with: '{ "user": "zendesk.user:" & links.zendesk.user, "tags": ["wrote"] }',
};
let house: House;
/** As the house started. */
let original: string;
let started: ConfigStatus;
beforeAll(async () => {
  house = await openHouse({
    configure: (config) => {
      config.tenants.acme.routing = { routes: [tagging] };
    },
  });
  original = await readFile(join(house.directory, "sidelight.yaml"), "utf8");
  started = await status();
});
afterAll(() => house.close());
afterEach(async () => {
  await write(original);
  await house.runtime.reload();
  expect(await status()).toMatchObject({ version: started.version, problem: null, pinned: null, needsRestart: [] });
});

const write = (text: string, file = "sidelight.yaml") => writeFile(join(house.directory, file), text);
/** What the file says, changed. */
function changed(change: (config: ConfigTree) => void): string {
  const config = parse(original);
  change(config);
  return stringify(config);
}
const status = async (tenant = "acme"): Promise<ConfigStatus> =>
  ConfigStatus.parse((await house.ask("/v1/config", { tenant })).body);

/** Lets the house look at its files, until it has come to this. */
async function looked(tenant: string, isSo: (status: ConfigStatus) => boolean): Promise<ConfigStatus> {
  let last = await status(tenant);
  await until("the configuration", async () => {
    house.clock.advance(500);
    last = await status(tenant);
    return isSo(last);
  });
  return last;
}

const tags = (name: string) => ({ ...tagging, with: tagging.with.replace("wrote", name) });
const routes = (...all: object[]) =>
  changed((config) => {
    config.tenants.acme.routing = { routes: all };
  });

/** A requester whom the store knows. */
function requester(): number {
  const [ticket] = house.lab.tenants["acme"]!.world.zendesk.tickets.values();
  return Number((ticket as unknown as { requester_id: number }).requester_id);
}
let tickets = 980_000;
/** A ticket is written. @returns what became of it, once that is settled */
async function written(): Promise<{ route: string; state: string; config: string }[]> {
  const ticket = { id: ++tickets, requesterId: requester(), updatedAt: house.clock.now() };
  const { body } = await sendZendesk(house, ticketEvent("created", ticket));
  let own: { eventId: string; route: string; state: string; config: string }[] = [];
  await until("the deliveries", async () => {
    house.clock.advance(20);
    own = (await house.ask("/v1/deliveries?limit=1000")).body.items;
    own = own.filter((d) => d.eventId === body.eventIds[0]);
    return own.length > 0 && own.every((d) => d.state !== "waiting");
  });
  return own.map(({ route, state, config }) => ({ route, state, config }));
}
const tagsOfRequester = (): string => {
  const { user = [] } = effectsOf({ acme: house.lab.tenants["acme"]!.world }, "zendesk") as Record<string, { id: string }[]>;
  return JSON.stringify(user.find(({ id }) => id === String(requester())));
};
const signIns = (): number => house.requests().filter((r) => /oauth2?\/token/.test(r.path)).length;

describe("a configuration", () => {
  it("is named by every answer and every delivery, and told to operators", async () => {
    const { version, origin, files, problem, pinned, environment } = await status();
    expect(version).toMatch(/^v[0-9a-f]{8}$/);
    expect({ origin, files, problem, pinned, environment }).toEqual({
      origin: "start",
      files: ["sidelight.yaml"],
      problem: null,
      pinned: null,
      environment: null,
    });
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    expect((await house.context(ref!)).body.config).toBe(version);
    expect(await written()).toEqual([{ route: "tag-requester", state: "done", config: version }]);
    expect(tagsOfRequester()).toContain("wrote");
    for (const path of ["/v1/config", "/v1/config/versions", `/v1/config/versions/${version}`])
      expect((await house.ask(path, { role: "service" })).body.code, path).toBe("forbidden");
    const rollback = { role: "service", method: "POST", body: { version } } as const;
    expect((await house.ask("/v1/config/rollback", rollback)).body.code).toBe("forbidden");
  });

  it("is the same version wherever it stands, and in whichever order", async () => {
    const before = await status();
    const { tenants, ...rest } = parse(original);
    await write(stringify(rest), "base.yaml");
    await write(`include: [base.yaml] # the rest\n${stringify({ tenants: { globex: tenants.globex, acme: tenants.acme } })}`);
    const after = await looked("acme", ({ files }) => files.length === 2);
    expect(after).toEqual({ ...before, files: ["sidelight.yaml", "base.yaml"] });
  });
});

describe("routes that are changed while Sidelight runs", () => {
  it("are followed from the next event on, under a version of their own; nobody else's changes, and nothing is opened anew", async () => {
    const [before, others] = [await status(), await status("globex")];
    const signedIn = signIns();
    await write(routes(tags("wrote-again")));
    const after = await looked("acme", ({ version }) => version !== before.version);
    expect(after).toMatchObject({ origin: "reload", problem: null, needsRestart: [] });
    expect(await written()).toEqual([{ route: "tag-requester", state: "done", config: after.version }]);
    expect(tagsOfRequester()).toContain("wrote-again");
    expect(await status("globex")).toEqual(others);
    expect(signIns()).toBe(signedIn);
    expect(house.runtime.tenants.get("acme")!.routing!.inUse().version).toBe(after.version);
    expect((await house.ask("/v1/config/routes")).body.version).toBe(after.version);
  });

  it("show in the next answer, also in one that was kept", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const { version } = await status();
    await house.context(ref!);
    expect((await house.context(ref!)).tier).toBe("memory");
    await write(routes());
    const after = await looked("acme", (s) => s.version !== version);
    expect((await house.context(ref!)).body.config).toBe(after.version);
  });

  it("may stand in a file of their own", async () => {
    const { version } = await status();
    const own = (name: string) => stringify({ tenants: { acme: { routing: { routes: [tags(name)] } } } });
    await write(own("from-a-file"), "routes.yaml");
    await write(`include: [routes.yaml]\n${routes({ id: "tag-requester", enabled: true })}`);
    const included = await looked("acme", (s) => s.version !== version);
    expect(included.files).toEqual(["sidelight.yaml", "routes.yaml"]);
    await write(own("from-the-file-changed"), "routes.yaml");
    await looked("acme", (s) => s.version !== included.version);
    await written();
    expect(tagsOfRequester()).toContain("from-the-file-changed");
    await rm(join(house.directory, "routes.yaml"));
    const { problem } = await looked("acme", (s) => s.problem !== null);
    expect(problem!.issues).toEqual([
      { file: "sidelight.yaml", line: 1, path: "include.0", message: "routes.yaml cannot be read" },
    ]);
  });
});

describe("a configuration that becomes wrong while Sidelight runs", () => {
  const line = (text: string, what: string) => text.split("\n").findIndex((l) => l.includes(what)) + 1;
  it.each([
    ["an unknown transform", routesText({ with: "noSuchTransform" }), "with: ", "with", /no transform noSuchTransform/],
    ["JSONata that is none", routesText({ when: "event.(" }), "when: ", "when", /no JSONata: .* at character \d+/],
    ["a function that nobody knows", routesText({ when: "$system('rm')" }), "when: ", "when", /no \$system, at character \d+/],
    ["the clock", routesText({ when: "$now() > event.timestamp" }), "when: ", "when", /no \$now/],
    ["an argument of another type", routesText({ when: "$contains(7, event.data.x)" }), "when: ", "when", /wrong type: T0410/],
    [
      "an input of another type",
      routesText({ with: '{ "user": 7, "tags": ["x"] }' }),
      "with: ",
      "with",
      /user: .*expected string/,
    ],
    [
      "an input that nobody knows",
      routesText({ with: '{ "usr": ref, "tags": ["x"] }' }),
      "with: ",
      "with",
      /user: .*received undefined/,
    ],
    ["an unknown action", routesText({ do: "sing" }), "do: ", "do", /Zendesk can't do sing/],
    ["an unknown connection", routesText({ to: "hubspot" }), "to: ", "to", /no connection hubspot/],
  ])("goes on with the old one, and says so by line: %s", async (_, make, what, field, message) => {
    const { version } = await status();
    const text = make();
    await write(text);
    const after = await looked("acme", (s) => s.problem !== null);
    expect(after.version).toBe(version);
    const [issue, ...more] = after.problem!.issues;
    expect(issue).toMatchObject({ file: "sidelight.yaml", path: `tenants.acme.routing.routes.0.${field}` });
    expect(issue!.message).toMatch(message);
    expect(issue!.line).toBe(line(text, what));
    for (const other of more) expect(other.path).toBe(issue!.path);
    expect(await written()).toEqual([{ route: "tag-requester", state: "done", config: version }]);
  });

  function routesText(overrides: object): () => string {
    return () => routes({ ...tagging, ...overrides });
  }

  it("has an alert until it can be used again, and tells other tenants nothing of this one", async () => {
    const open = async (tenant: string) => (await house.ask("/v1/alerts?state=open&type=config_refused", { tenant })).body.items;
    const [mine, theirs] = [await status(), await status("globex")];
    await write(routes({ ...tagging, to: "secret-project" }));
    await looked("acme", (s) => s.problem !== null);
    await until("the alerts open", async () => (await open("acme")).length === 1 && (await open("globex")).length === 1);
    expect((await open("acme"))[0]).toMatchObject({ kind: "config_refused", severity: "critical" });
    expect((await open("acme"))[0].message).toMatch(
      /sidelight\.yaml:\d+: tenants\.acme\.routing\.routes\.0\.to: .*secret-project/,
    );
    const globex = await house.ask("/v1/config", { tenant: "globex" });
    expect(globex.body.problem.issues).toHaveLength(1);
    expect(JSON.stringify([globex.body, await open("globex")])).not.toMatch(/secret-project|acme/);
    const since = (await status()).problem!.since;
    await write("tenants: [");
    const broken = await looked("acme", (s) => s.problem?.issues[0]?.path === null);
    expect(broken.problem).toMatchObject({ since, issues: [{ file: "sidelight.yaml", line: 1 }] });
    await write(original);
    expect(await looked("acme", (s) => s.problem === null)).toEqual(mine);
    expect(await status("globex")).toEqual(theirs);
    await until("the alerts close", async () => (await open("acme")).length + (await open("globex")).length === 0);
  });

  it("goes round in no circle", async () => {
    await write("include: [sidelight.yaml]\n", "round.yaml");
    await write(`# Ours.\ninclude: [round.yaml]\n${original}`);
    const { problem } = await looked("acme", (s) => s.problem !== null);
    expect(problem!.issues).toEqual([
      {
        file: "round.yaml",
        line: 1,
        path: "include.0",
        message: "goes round in a circle: sidelight.yaml → round.yaml → sidelight.yaml",
      },
    ]);
  });
});

describe("more than routes", () => {
  const withRoles = (roles: object) =>
    changed((config) => {
      config.tenants.acme.roles = roles;
    });

  it("opens the tenant anew: rights count at once, streams end, and connections that stay the same stay signed in", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const { body } = await house.context(ref!, { role: "agent" });
    expect(body.customer!.masked).not.toEqual([]);
    const response = await house.app.request(`/v1/context/${encodeURIComponent(ref!)}/stream`, {
      headers: { authorization: `Bearer ${house.keys["acme"]!.agent}` },
    });
    const reader = response.body!.getReader();
    await reader.read();
    const [before, signedIn] = [await status(), signIns()];
    expect(signedIn).toBeGreaterThan(0);
    const { tenant: old } = house.runtime.tenants.get("acme")!;
    await write(withRoles({ agent: { pii: true } }));
    const after = await looked("acme", (s) => s.version !== before.version);
    expect((await house.context(ref!, { role: "agent" })).body).toMatchObject({
      config: after.version,
      customer: { masked: [] },
    });
    let isDone = false;
    while (!isDone) isDone = (await reader.read()).done;
    const { tenant, routing } = house.runtime.tenants.get("acme")!;
    expect(tenant).not.toBe(old);
    expect(tenant.connections.every((c, i) => c === old.connections[i])).toBe(true);
    expect(routing!.inUse().version).toBe(after.version);
    expect(await written()).toEqual([{ route: "tag-requester", state: "done", config: after.version }]);
    expect(signIns()).toBe(signedIn);
  });

  it("closes a connection that is gone or another, and goes on with the rest", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const before = await status();
    await write(
      changed((config) => {
        const { connections } = config.tenants.acme;
        config.tenants.acme.connections = connections.filter((c: { id: string }) => c.id !== "mixpanel");
        connections.find((c: { id: string }) => c.id === "salesforce").freshness = { freshMinutes: 1, staleMinutes: 5 };
      }),
    );
    await looked("acme", (s) => s.version !== before.version);
    house.clock.advance(20_000);
    const { body } = await house.context(ref!);
    expect(body.sections.product?.state).toBe("not_connected");
    expect(body.sections.support?.data).not.toBeNull();
    expect(house.runtime.isReady().ready).toBe(true);
    const ids = (await house.ask("/v1/connections")).body.items.map((c: { id: string }) => c.id);
    expect(ids).toEqual(["salesforce", "zendesk", "generic"]);
  });

  it("says what only a restart puts to use", async () => {
    await write(
      changed((config) => {
        config.http.requestsPerMinute = 77;
        config.tenants.initech = { connections: [] };
      }),
    );
    const { needsRestart, problem } = await looked("acme", (s) => s.needsRestart.length > 0);
    expect([needsRestart, problem]).toEqual([["http.requestsPerMinute"], null]);
    expect(house.logged.join("\n")).toContain('"needsRestart":["http.requestsPerMinute","tenants.initech"]');
  });
});

describe("a rollback", () => {
  const rollback = (version: string) => house.ask("/v1/config/rollback", { method: "POST", body: { version } });

  it("puts an earlier version to use at once, through a restart, until the files say something else", async () => {
    const { version: first } = await status();
    await write(routes(tags("second")));
    const { version: second } = await looked("acme", (s) => s.version !== first);
    const { status: code, body } = await rollback(first);
    expect([code, body]).toEqual([200, expect.objectContaining({ version: first, origin: "rollback" })]);
    expect(body.pinned).toEqual({ version: first, over: second });
    expect((await written())[0]!.config).toBe(first);
    expect((await rollback("v00000000")).body.code).toBe("not_found");

    await house.restart();
    expect(await status()).toMatchObject({ version: first, origin: "rollback", pinned: { version: first, over: second } });
    // A comment says nothing else.
    await write(`# Second thoughts.\n${routes(tags("second"))}`);
    await house.runtime.reload();
    expect((await status()).version).toBe(first);

    await write(routes(tags("third")));
    const third = await looked("acme", (s) => s.pinned === null);
    expect([first, second]).not.toContain(third.version);
    expect(third.origin).toBe("reload");
    // What was rolled back from is not rolled back from for ever.
    await write(routes(tags("second")));
    await looked("acme", (s) => s.version === second && s.pinned === null);
  });

  it("is from what the files say by then, though nobody has looked yet", async () => {
    const { version: first } = await status();
    await write(routes(tags("too-soon")));
    const { body } = await rollback(first);
    expect(body).toMatchObject({ version: first, problem: null, pinned: { version: first } });
    expect(body.pinned.over).not.toBe(first);
    await house.runtime.reload();
    expect(await status()).toEqual(body);
  });

  it("is taken back by rolling back to what the files say", async () => {
    const { version: first } = await status();
    await write(routes(tags("newer")));
    const { version: newer } = await looked("acme", (s) => s.version !== first);
    await rollback(first);
    expect((await rollback(newer)).body).toMatchObject({ version: newer, pinned: null });
  });

  it("lists and shows what was in use, and what is stored is read as the same version", async () => {
    const { version } = await status();
    const { items } = ConfigVersionList.parse((await house.ask("/v1/config/versions")).body);
    expect(items[0]!.version).toBe(version);
    expect(items.length).toBeGreaterThan(5);
    expect(items.map((i) => i.since)).toEqual(
      items
        .map((i) => i.since)
        .toSorted()
        .toReversed(),
    );
    const page = await house.ask("/v1/config/versions?limit=2");
    const next = await house.ask(`/v1/config/versions?limit=2&cursor=${page.body.nextCursor}`);
    expect([...page.body.items, ...next.body.items]).toEqual(items.slice(0, 4));
    const shown = ConfigVersionText.parse((await house.ask(`/v1/config/versions/${version}`)).body);
    expect(parse(shown.text).routing.routes[0].id).toBe("tag-requester");
    const theirs = await house.ask(`/v1/config/versions/${version}`, { tenant: "globex" });
    expect(theirs.body.code).toBe("not_found");
  });
});

describe("the configuration's page", () => {
  it("shows an overlay that fits the files it is laid over", async () => {
    const page = await readFile(new URL("../../docs/configuration.md", import.meta.url), "utf8");
    const shown = (name: string) => new RegExp(`\`\`\`ya?ml\\n# ${name}\\n([^]*?)\`\`\``).exec(page)![1]!;
    const folder = await mkdtemp(join(tmpdir(), "sidelight-page-"));
    try {
      for (const name of ["sidelight.yaml", "sidelight.staging.yaml"]) await writeFile(join(folder, name), shown(name));
      const route = { ...tagging, id: "churn-risk" };
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
