import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { hasChromium, launch } from "../support/browser.ts";
import { until } from "../support/until.ts";

// `npm start` as a newcomer has it: the whole lab, on ports of its own.
const root = fileURLToPath(new URL("../..", import.meta.url));
const url = z.url();
const webhooks = z.strictObject({
  zendesk: z.strictObject({ url, secret: z.string().min(16) }),
  salesforce: z.strictObject({ url, organizationId: z.string().length(18) }),
  salesforceCallout: z.strictObject({ url, secret: z.string().startsWith("whsec_") }),
  mixpanel: z.strictObject({ url, username: z.string().min(1), password: z.string().min(16) }),
  generic: z.strictObject({ url, secret: z.string().startsWith("whsec_") }),
});
const key = z.string().min(20);
const apiKeys = z.strictObject({ admin: key, agent: key, rep: key, service: key });
const refs = z.array(z.string().regex(/^[a-z.]+:.+/)).min(1);
const examples = z.strictObject({
  resolved: refs,
  ambiguous: refs,
  none: refs,
  hierarchy: z.array(z.string().startsWith("company:")).min(1),
});
const LabFile = z.strictObject({
  version: z.literal(1),
  url,
  tenant: z.literal("acme"),
  apiKeys,
  webhooks,
  simulators: z.strictObject({ salesforce: url, zendesk: url, mixpanel: url }),
  credentials: z.strictObject({
    salesforce: z.strictObject({ clientId: z.string(), clientSecret: z.string() }),
    zendesk: z.strictObject({ clientId: z.string(), clientSecret: z.string() }),
    mixpanel: z.strictObject({ username: z.string(), secret: z.string(), projectId: z.string(), token: z.string() }),
  }),
  control: url,
  pages: z.strictObject({ home: url, zendesk: url, salesforce: url, console: url, docs: url, gallery: url }),
  examples,
  tenants: z.array(z.strictObject({ tenant: z.string(), apiKeys, webhooks, examples })).min(2),
});
type LabFile = z.infer<typeof LabFile>;

interface Started {
  child: ChildProcess;
  url: string;
  lab: LabFile;
}

let dataDir: string;
let started: Started;
let browser: Browser | undefined;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "sidelight-start-"));
  started = await start();
  if (hasChromium) browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  if (started && started.child.exitCode === null && started.child.signalCode === null) await stop(started.child, "SIGTERM");
  rmSync(dataDir, { recursive: true, force: true });
}, 30_000);

function run(env: Record<string, string> = {}): { child: ChildProcess; out: () => string; err: () => string } {
  const child = spawn(process.execPath, ["test/tools/node24.mjs", "test/lab/start.ts"], {
    cwd: root,
    env: { ...process.env, PORT: "0", SIDELIGHT_DATA: dataDir, SIDELIGHT_LOG: "warn", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk;
  });
  return { child, out: () => out, err: () => err };
}

async function start(): Promise<Started> {
  const { child, out, err } = run();
  await until(
    "npm start to be ready",
    () => {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}: ${err()}`);
      return /^ready /m.test(out());
    },
    100_000,
  );
  const lab = LabFile.parse(JSON.parse(readFileSync(join(dataDir, "lab.json"), "utf8")));
  return { child, url: /^ready (\S+)$/m.exec(out())![1]!, lab };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.kill(signal);
  return await ended;
}

async function isUp(address: string): Promise<boolean> {
  return await fetch(address).then(
    () => true,
    () => false,
  );
}

const asAdmin = (): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${started.lab.apiKeys.admin}` },
});

describe("the lab file", () => {
  it("is complete, is nobody else's to read, and names the address that was printed", () => {
    expect(started.lab.url).toBe(started.url);
    expect(statSync(join(dataDir, "lab.json")).mode & 0o777).toBe(0o600);
    expect(started.lab.tenants[0]!.tenant).toBe(started.lab.tenant);
  });

  it("names pages that answer, and an API that resolves every example", async () => {
    for (const page of Object.values(started.lab.pages))
      expect((await fetch(page, { redirect: "manual" })).status, page).toBe(200);
    for (const { tenant, apiKeys: keys, examples: all } of started.lab.tenants) {
      const ask = async (ref: string) => {
        const response = await fetch(`${started.url}/v1/context/${encodeURIComponent(ref)}`, {
          headers: { authorization: `Bearer ${keys.service}` },
        });
        return ((await response.json()) as { match: { state: string } }).match.state;
      };
      for (const ref of [...all.resolved, ...all.hierarchy]) expect(await ask(ref), `${tenant} ${ref}`).toBe("resolved");
      for (const ref of all.ambiguous) expect(await ask(ref), `${tenant} ${ref}`).toBe("ambiguous");
      for (const ref of all.none) expect(await ask(ref), `${tenant} ${ref}`).toBe("none");
    }
  });

  it("leads from the address of the API to the home page", async () => {
    const response = await fetch(started.url, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(started.lab.pages.home);
  });
});

describe.skipIf(!hasChromium)("in a browser", () => {
  const complaints: string[] = [];

  async function open(address: string): Promise<Page> {
    const page = await browser!.newPage({ viewport: { width: 1360, height: 1000 } });
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(`${address}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`${address}: ${error.message}`));
    await page.goto(address);
    return page;
  }

  it("the ticket's panel shows the customer's real account, support and use", async () => {
    const page = await open(started.lab.pages.zendesk);
    const app = page.frameLocator(".frames iframe:not([hidden])");
    await app.getByRole("heading", { name: "Maya Lindqvist" }).waitFor();
    const text = await app.locator("body").innerText();
    expect(text).toContain("Halvorsen Freight Inc.");
    expect(text).toContain("$184,000");
    expect(text).toContain("3 of 3 sources current");
    expect(text).not.toContain("maya.lindqvist@");
    await page.close();
    expect(complaints).toEqual([]);
  });

  it("the account's panel shows the same figures", async () => {
    const page = await open(started.lab.pages.salesforce);
    const panel = page.locator("c-sidelight-panel");
    await panel.getByRole("heading", { name: "Halvorsen Freight Inc." }).waitFor();
    const text = await panel.innerText();
    expect(text).toContain("$184,000");
    expect(text).toContain("3 of 3 sources current");
    await page.close();
    expect(complaints).toEqual([]);
  });

  it("the home page lists the customers, and a platform broken there is told of in the panel", async () => {
    const home = await open(started.lab.pages.home);
    await home
      .getByRole("row", { name: /Maya Lindqvist/ })
      .first()
      .waitFor();
    const choice = home.getByLabel("How Mixpanel should behave");
    await choice.selectOption("down");
    const page = await open(started.lab.pages.zendesk);
    const app = page.frameLocator(".frames iframe:not([hidden])");
    await app.getByRole("button", { name: "Refresh" }).click();
    await app.getByText("2 of 3 sources current").waitFor();
    expect(await app.locator("body").innerText()).toContain("$184,000");
    await choice.selectOption("");
    await Promise.all([home.close(), page.close()]);
    expect(complaints).toEqual([]);
  });

  it("the other pages say nothing in the console either", async () => {
    const { docs, console: operator, gallery } = started.lab.pages;
    for (const address of [
      docs,
      operator,
      `${started.lab.pages.home}answer?ref=${encodeURIComponent(started.lab.examples.resolved[0]!)}`,
    ]) {
      const page = await open(address);
      await page.waitForLoadState("networkidle");
      await page.close();
    }
    const page = await open(gallery);
    expect(await page.getByRole("figure").count()).toBeGreaterThan(5);
    await page.close();
    expect(complaints).toEqual([]);
  });
});

describe("a port that is taken", () => {
  it("ends the start with one clear line", async () => {
    const server = createServer().listen(0);
    const { port } = server.address() as { port: number };
    const { child, err } = run({ PORT: String(port), SIDELIGHT_DATA: join(dataDir, "other") });
    const code = await new Promise((resolve) => child.once("exit", resolve));
    server.close();
    expect(code).toBe(1);
    expect(err().trim()).toBe(`port ${port} is in use; set PORT to another, or to 0 for any free one`);
  });
});

describe("a second start", () => {
  it("ends every child before, is ready soon, and contradicts nothing", async () => {
    const ref = encodeURIComponent(started.lab.examples.resolved[0]!);
    const before = (await (await fetch(`${started.url}/v1/context/${ref}?sections=account`, asAdmin())).json()) as object;
    const addresses = [started.url, started.lab.control, ...Object.values(started.lab.simulators), started.lab.pages.home];
    expect(await stop(started.child, "SIGTERM")).toBe(0);
    for (const address of addresses) expect(await isUp(address), address).toBe(false);

    const old = started.lab;
    started = await start();
    expect(started.lab.credentials).toEqual(old.credentials);
    expect(started.lab.apiKeys).toEqual(old.apiKeys);
    expect(started.lab.webhooks.zendesk.secret).toBe(old.webhooks.zendesk.secret);
    const after = (await (await fetch(`${started.url}/v1/context/${ref}?sections=account`, asAdmin())).json()) as object;
    expect(after).toMatchObject({ customer: (before as { customer: object }).customer });
    const requests = (await (await fetch(`${started.lab.control}/requests?platform=mixpanel`)).json()) as object[];
    expect(requests).toEqual([]);
  });

  it("leaves nothing behind when it is killed without a word", async () => {
    const addresses = [started.url, started.lab.control, started.lab.pages.home];
    await stop(started.child, "SIGKILL");
    await until("everything to have ended", async () => {
      const up = await Promise.all(addresses.map(isUp));
      return up.every((is) => !is);
    });
  });
});
