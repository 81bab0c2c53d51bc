/** `node test/tools/node24.mjs test/tools/screenshots.ts`: the README's pictures, from a lab of its own. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startLab } from "../load/lab.ts";
import { launch } from "../support/browser.ts";

const out = fileURLToPath(new URL("../../docs/images/", import.meta.url));
mkdirSync(out, { recursive: true });
const lab = await startLab();
const browser = await launch();
const shots = [
  { name: "zendesk", url: lab.pages.zendesk, height: 800, ready: "3 of 3 sources current" },
  { name: "salesforce", url: lab.pages.salesforce, height: 800, ready: "3 of 3 sources current" },
];
for (const { name, url, height, ready } of shots) {
  const page = await browser.newPage({ viewport: { width: 1240, height }, deviceScaleFactor: 1.5 });
  await page.goto(url);
  const inside = name === "zendesk" ? page.frameLocator(".frames iframe:not([hidden])") : page;
  await inside.getByText(ready).first().waitFor();
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${out}${name}.png` });
  await page.close();
}
await browser.close();
await lab.stop();
