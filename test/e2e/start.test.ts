import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import { startProcess, type TestProcess } from "@sidelight/test-support/processes.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { Browser, Page, Response } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

// `npm start` as a new user runs it: the whole lab, on ports of its own.
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

interface StartedLab {
  process: TestProcess;
  url: string;
  lab: LabFile;
}

let dataDir: string;
let startedLab: StartedLab;
let browser: Browser | undefined;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "sidelight-start-"));
  startedLab = await start();
  if (hasChromium) browser = await launch();
}, scaled(240_000));
afterAll(async () => {
  await browser?.close();
  await startedLab?.process.stop();
  rmSync(dataDir, { recursive: true, force: true });
}, scaled(60_000));

function run(env: Record<string, string> = {}): TestProcess {
  return startProcess(process.execPath, ["test/tools/start.mjs"], {
    cwd: root,
    env: { ...process.env, PORT: "0", SIDELIGHT_DATA: dataDir, SIDELIGHT_LOG: "warn", ...env },
  });
}

async function start(): Promise<StartedLab> {
  const process = run();
  await until(
    "npm start to be ready",
    () => {
      if (process.child.exitCode !== null) throw new Error(`npm start ended with ${process.child.exitCode}: ${process.err()}`);
      return /^ready /m.test(process.out());
    },
    200_000,
  );
  const lab = LabFile.parse(JSON.parse(readFileSync(join(dataDir, "lab.json"), "utf8")));
  return { process, url: /^ready (\S+)$/m.exec(process.out())![1]!, lab };
}

async function isUp(address: string): Promise<boolean> {
  return await fetch(address).then(
    () => true,
    () => false,
  );
}

const asAdmin = (): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${startedLab.lab.apiKeys.admin}` },
});

describe("the lab file", () => {
  it("is complete, readable by its owner only, and contains the printed URL", () => {
    expect(startedLab.lab.url).toBe(startedLab.url);
    expect(statSync(join(dataDir, "lab.json")).mode & 0o777).toBe(0o600);
    expect(startedLab.lab.tenants[0]!.tenant).toBe(startedLab.lab.tenant);
  });

  it("lists pages that answer, and examples that the API resolves", async () => {
    for (const page of Object.values(startedLab.lab.pages))
      expect((await fetch(page, { redirect: "manual" })).status, page).toBe(200);
    for (const { tenant, apiKeys: keys, examples: tenantExamples } of startedLab.lab.tenants) {
      const matchState = async (ref: string) => {
        const response = await fetch(`${startedLab.url}/v1/context/${encodeURIComponent(ref)}`, {
          headers: { authorization: `Bearer ${keys.service}` },
        });
        return ((await response.json()) as { match: { state: string } }).match.state;
      };
      for (const ref of [...tenantExamples.resolved, ...tenantExamples.hierarchy])
        expect(await matchState(ref), `${tenant} ${ref}`).toBe("resolved");
      for (const ref of tenantExamples.ambiguous) expect(await matchState(ref), `${tenant} ${ref}`).toBe("ambiguous");
      for (const ref of tenantExamples.none) expect(await matchState(ref), `${tenant} ${ref}`).toBe("none");
    }
  });

  it("redirects the root of the API to the home page", async () => {
    const response = await fetch(startedLab.url, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe(startedLab.lab.pages.home);
  });
});

describe.skipIf(!hasChromium)("in a browser", () => {
  const consoleMessages: string[] = [];

  async function open(address: string): Promise<Page> {
    const page = await browser!.newPage({ viewport: { width: 1360, height: 1000 } });
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") consoleMessages.push(`${address}: ${message.text()}`);
    });
    page.on("pageerror", (error) => consoleMessages.push(`${address}: ${error.message}`));
    await page.goto(address);
    return page;
  }

  it("shows the customer's account, support and product use in the panel of the ticket", async () => {
    const page = await open(startedLab.lab.pages.zendesk);
    const app = page.frameLocator(".frames iframe:not([hidden])");
    await app.getByRole("heading", { name: "Maya Lindqvist" }).waitFor();
    const texts = () => app.locator("body").innerText();
    for (const text of ["Halvorsen Freight Inc.", "$184,000", "3 of 3 sources current"]) await expect.poll(texts).toContain(text);
    expect(await texts()).not.toContain("maya.lindqvist@");
    await page.close();
    expect(consoleMessages).toEqual([]);
  });

  it("shows the same figures in the panel of the account", async () => {
    const page = await open(startedLab.lab.pages.salesforce);
    const panel = page.locator("c-sidelight-panel");
    await panel.getByRole("heading", { name: "Halvorsen Freight Inc." }).waitFor();
    for (const text of ["$184,000", "3 of 3 sources current"]) await expect.poll(() => panel.innerText()).toContain(text);
    await page.close();
    expect(consoleMessages).toEqual([]);
  });

  it("lists the customers on the home page, and shows in the panel that a platform is down", async () => {
    const home = await open(startedLab.lab.pages.home);
    await home
      .getByRole("row", { name: /Maya Lindqvist/ })
      .first()
      .waitFor();
    const choice = home.getByLabel("How Mixpanel should behave");
    const isChange = (response: Response): boolean => response.request().method() !== "GET";
    await Promise.all([home.waitForResponse(isChange), choice.selectOption("down")]);
    const page = await open(startedLab.lab.pages.zendesk);
    const app = page.frameLocator(".frames iframe:not([hidden])");
    await app.getByRole("button", { name: "Refresh" }).click();
    // The values are a few seconds old. The outage is shown beside them, and the header counts it.
    await app
      .getByText(/Mixpanel is unavailable\. Last good data/)
      .first()
      .waitFor();
    await app.getByText("2 of 3 sources current", { exact: true }).waitFor();
    await expect.poll(() => app.locator("body").innerText()).toContain("$184,000");
    await choice.selectOption("");
    await Promise.all([home.close(), page.close()]);
    expect(consoleMessages).toEqual([]);
  });

  it("opens the other pages without a console message", async () => {
    const { docs, console: operator, gallery } = startedLab.lab.pages;
    for (const address of [
      docs,
      operator,
      `${startedLab.lab.pages.home}answer?ref=${encodeURIComponent(startedLab.lab.examples.resolved[0]!)}`,
    ]) {
      const page = await open(address);
      await page.waitForLoadState("networkidle");
      await page.close();
    }
    const page = await open(gallery);
    await expect.poll(() => page.getByRole("figure").count()).toBeGreaterThan(5);
    await page.close();
    expect(consoleMessages).toEqual([]);
  });
});

describe("a port in use", () => {
  it("ends the start with exit code 1 and one clear line", async () => {
    const server = createServer().listen(0);
    const { port } = server.address() as { port: number };
    const { ended, err } = run({ PORT: String(port), SIDELIGHT_DATA: join(dataDir, "other") });
    const code = await ended;
    server.close();
    expect(code).toBe(1);
    expect(err().trim()).toBe(`Port ${port} is in use. Set PORT to another port, or to 0 for any free port.`);
  });
});

describe("the progress", () => {
  it("is a few lines on standard error, with the steps in order", () => {
    const lines = startedLab.process.err().trimEnd().split("\n");
    expect(lines[0]).toBe("Starting the Sidelight lab on a free port");
    const steps = ["Building the pages", "Starting the simulators", "Filling the store"].map((text) =>
      lines.findIndex((line) => line.startsWith(text)),
    );
    expect(steps.every((line, i) => line > (steps[i - 1] ?? 0))).toBe(true);
    expect(lines.filter((line) => line.startsWith("Filling the store")).length).toBeLessThan(40);
    expect(startedLab.process.out()).toBe(`ready ${startedLab.url}\n`);
  });
});

describe("a second start", () => {
  it("follows a stop that ends every child, and keeps keys, credentials and customers", async () => {
    const ref = encodeURIComponent(startedLab.lab.examples.resolved[0]!);
    const previous = (await (await fetch(`${startedLab.url}/v1/context/${ref}?sections=account`, asAdmin())).json()) as object;
    const addresses = [
      startedLab.url,
      startedLab.lab.control,
      ...Object.values(startedLab.lab.simulators),
      startedLab.lab.pages.home,
    ];
    expect(await startedLab.process.stop("SIGTERM")).toBe(0);
    for (const address of addresses) expect(await isUp(address), address).toBe(false);

    const old = startedLab.lab;
    startedLab = await start();
    expect(startedLab.lab.credentials).toEqual(old.credentials);
    expect(startedLab.lab.apiKeys).toEqual(old.apiKeys);
    expect(startedLab.lab.webhooks.zendesk.secret).toBe(old.webhooks.zendesk.secret);
    const next = (await (await fetch(`${startedLab.url}/v1/context/${ref}?sections=account`, asAdmin())).json()) as object;
    expect(next).toMatchObject({ customer: (previous as { customer: object }).customer });
    const requests = (await (await fetch(`${startedLab.lab.control}/requests?platform=mixpanel`)).json()) as object[];
    expect(requests).toEqual([]);
  });

  it("leaves no process behind when it is killed", async () => {
    const addresses = [startedLab.url, startedLab.lab.control, startedLab.lab.pages.home];
    await startedLab.process.stop("SIGKILL");
    await until("everything to have ended", async () => {
      const states = await Promise.all(addresses.map(isUp));
      return !states.includes(true);
    });
  });
});
