/**
 * `node test/tools/node24.mjs test/tools/screenshots.ts [console]`: takes the pictures of the README and of docs/ from a lab of its own;
 * with `console` only those of the operator's console.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch } from "@sidelight/test-support/browser.ts";
import { until } from "@sidelight/test-support/until.ts";
import { startLab } from "../load/lab.ts";
import { takeConsoleScreenshots } from "./consoleScreenshots.ts";
import { takePanelScreenshots } from "./panelScreenshots.ts";

const out = fileURLToPath(new URL("../../docs/images/", import.meta.url));
mkdirSync(out, { recursive: true });
const lab = await startLab();
const browser = await launch();
if (process.argv[2] !== "console") await takeOthers();
await takeConsoleScreenshots(lab, browser, out);
await consoleQueue();
await browser.close();
await lab.stop();

/** The panels, and the diagram of the home page. */
async function takeOthers(): Promise<void> {
  const shots = [
    { name: "zendesk", url: lab.pages.zendesk, height: 800, ready: "3 of 3 sources current" },
    { name: "salesforce", url: lab.pages.salesforce, height: 800, ready: "3 of 3 sources current" },
  ];
  for (const { name, url, height, ready } of shots) {
    const page = await browser.newPage({ viewport: { width: 1240, height }, deviceScaleFactor: 1.5 });
    await page.goto(url);
    const frame = name === "zendesk" ? page.frameLocator(".frames iframe:not([hidden])") : page;
    await frame.getByText(ready).first().waitFor();
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${out}${name}.png` });
    await page.close();
  }
  await takePanelScreenshots(lab.pages, browser, out);
  await wrongCustomer();
  await flow();
}

/** A customer of the gallery, with the part that corrects it. */
async function wrongCustomer(): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 360, height: 660 }, deviceScaleFactor: 1.5 });
  await page.goto(`${lab.pages.gallery}/host/?ticket=5158&width=360&bare=1`);
  const app = page.frameLocator(".frames iframe:not([hidden])");
  await app.getByRole("button", { name: "Wrong customer?" }).click();
  await app.getByRole("button", { name: "Always use Ada King" }).waitFor();
  await page.screenshot({ path: `${out}wrong-customer.png` });
}

/** The most likely suggestion of the lab, which the matching finds after the first backfill. */
async function consoleQueue(): Promise<void> {
  const hasSuggestions = async (): Promise<boolean> => {
    const headers = { authorization: `Bearer ${lab.keys.admin}` };
    const answer = await fetch(`${lab.url}/v1/identity/candidates`, { headers });
    return ((await answer.json()) as { items: unknown[] }).items.length > 0;
  };
  await until("suggestions", hasSuggestions, 300_000);
  const page = await browser.newPage({ viewport: { width: 1240, height: 800 }, deviceScaleFactor: 1.5 });
  page.setDefaultTimeout(60_000);
  await page.goto(`${lab.pages.console}#/identity`);
  await page.getByLabel("API key").fill(lab.keys.admin);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".row-title").first().click();
  await page.screenshot({ path: `${out}console.png` });
}

/** The diagram of the home page, after an angry ticket was delivered to all targets. */
async function flow(): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1240, height: 1000 }, deviceScaleFactor: 1.5 });
  // The events of the first backfill are routed first.
  page.setDefaultTimeout(300_000);
  await page.goto(lab.pages.home);
  await page.locator("#route-churn-risk").waitFor();
  await page.getByRole("combobox", { name: "To", exact: true }).selectOption("Maya Lindqvist");
  await page.getByRole("button", { name: "A ticket comes in", exact: true }).click();
  await page.locator("#route-ticket-enrichment.highlighted").waitFor();
  await page.getByRole("button", { name: "An angry ticket comes in" }).click();
  await page.locator("#route-churn-risk.highlighted").waitFor();
  await page.waitForTimeout(2_000);
  await page.locator("#flow").screenshot({ path: `${out}flow.png` });
}
