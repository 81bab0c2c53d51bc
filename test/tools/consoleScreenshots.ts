import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@sidelight/test-support/until.ts";
import type { Browser, Page } from "playwright-core";
import { parse, stringify } from "yaml";
import type { BenchLab } from "../load/lab.ts";

type Lab = Pick<BenchLab, "url" | "control" | "keys" | "pages" | "dataDir">;

/** The pages of the console about what flows through Sidelight, in a lab with dead letters and a changed configuration. */
export async function takeConsoleScreenshots(lab: Lab, browser: Browser, out: string): Promise<void> {
  await causeDeadLetters(lab);
  await sendUnusableMessage(lab);
  const firstVersion = await changeConfiguration(lab);
  const [event] = (await get(lab, "/v1/events?type=zendesk.ticket.created&limit=1")).items;
  const page = await browser.newPage({ viewport: { width: 1240, height: 860 }, deviceScaleFactor: 1.5 });
  page.setDefaultTimeout(60_000);
  await page.goto(lab.pages.console);
  await page.getByLabel("API key").fill(lab.keys.admin);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("h1").waitFor();

  const take = async (name: string, path: string, ready: string, prepare?: () => Promise<unknown>): Promise<void> => {
    await page.goto(`${lab.pages.console}#/${path}`);
    await page.locator(ready).first().waitFor();
    await prepare?.();
    // Fonts, and the other answers of the page.
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: `${out}console-${name}.png` });
  };
  await takeOverview(lab, page, out);
  await take("events", "events", ".table");
  await take("event", `events/${event?.eventId}`, ".trace");
  await take("deliveries", "deliveries", ".table", () => openRetryPreview(page));
  await take("quarantine", "quarantine", ".table, .state h2");
  await take("routes", "routes", ".diagram");
  await take("connections", "connections", ".card");
  await take("connection", "connections/zendesk", ".card");
  await take("alerts", "alerts", ".row, .state h2");
  await until("measured minutes", async () => (await get(lab, "/v1/freshness")).since !== null, 60_000);
  await take("freshness", "freshness", ".table");
  await take("costs", "costs", ".score");
  await take("configuration", `configuration/${firstVersion}`, ".difference");
  await take("audit", "audit", ".table");
  await page.close();
}

/** The first screen while a platform does not answer. */
async function takeOverview(lab: Lab, page: Page, out: string): Promise<void> {
  await page.goto(`${lab.pages.console}#/overview`);
  await page.locator(".sentence").waitFor();
  await post(lab, "/faults", { platform: "zendesk", kind: "error", status: 503, rate: 1, seed: 1 });
  await page.getByText("does not answer").first().waitFor();
  await page.waitForTimeout(1_000);
  await page.screenshot({ path: `${out}console-overview.png`, fullPage: true });
  await post(lab, "/faults", {});
  await page.getByText("does not answer").first().waitFor({ state: "detached" });
}

async function openRetryPreview(page: Page): Promise<void> {
  await page
    .getByRole("button", { name: /^Retry (all|it)/ })
    .first()
    .click();
  await page.getByRole("region", { name: /^Retry .* dead letter/ }).waitFor();
}

/** Mixpanel refuses the events of new tickets for a while. */
async function causeDeadLetters(lab: Lab): Promise<void> {
  await post(lab, "/faults", { platform: "mixpanel", kind: "error", status: 400, rate: 1, path: "/import", seed: 1 });
  for (let i = 0; i < 8; i++) await post(lab, "/happen", { kind: "ticket_created" });
  const hasEnough = async (): Promise<boolean> =>
    (await get(lab, "/v1/deliveries?state=dead_letter")).items.length > 3 &&
    (await get(lab, "/v1/alerts?state=open")).items.some(({ kind }) => kind === "dead_letter");
  await until("dead letters and their alert", hasEnough, 120_000);
  await post(lab, "/faults", {});
}

/** A verified message that Sidelight does not know: it is quarantined. */
async function sendUnusableMessage({ dataDir }: Lab): Promise<void> {
  const { webhooks } = JSON.parse(readFileSync(join(dataDir, "lab.json"), "utf8"));
  const { url, username, password } = webhooks.mixpanel as Record<"url" | "username" | "password", string>;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  await fetch(url, { method: "POST", headers, body: JSON.stringify({ action: "unknown", parameters: {} }) });
}

/** Changes one setting in the file of the lab. @returns the version before */
async function changeConfiguration(lab: Lab): Promise<string> {
  const { version } = await get(lab, "/v1/config");
  const file = join(lab.dataDir, "sidelight.yaml");
  const config = parse(readFileSync(file, "utf8"));
  const tenant = Object.keys(config.tenants)[0]!;
  const { routing } = config.tenants[tenant];
  routing.settings = { ...routing.settings, risk: { ...routing.settings?.risk, repeatDays: 3 } };
  writeFileSync(file, stringify(config));
  await until("the changed configuration", async () => (await get(lab, "/v1/config")).version !== version, 60_000);
  return version;
}

interface Answer {
  items: { eventId: string; kind: string }[];
  version: string;
  since: string | null;
}

async function get({ url, keys }: Lab, path: string): Promise<Answer> {
  return (await (await fetch(url + path, { headers: { authorization: `Bearer ${keys.admin}` } })).json()) as Answer;
}

const post = ({ control }: Lab, path: string, body: object): Promise<Response> =>
  fetch(control + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
