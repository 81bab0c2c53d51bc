import { startLab } from "/work/main/test/load/lab.ts";
import { launch } from "/work/main/test/support/browser.ts";

const lab = await startLab();
console.log(lab.readyMs);
const browser = await launch();
try {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const watch = (page: any, name: string) => {
    page.on("console", (m: any) => console.log(name, m.type(), m.text()));
    page.on("pageerror", (e: any) => console.log(name, "pageerror", e.message));
  };
  const page = await context.newPage();
  watch(page, "home");
  await page.goto(lab.pages.home);
  await page.getByRole("button", { name: "An angry ticket comes in" }).waitFor();
  await page.getByRole("button", { name: "An angry ticket comes in" }).click();
  const link = page
    .locator("#happened")
    .getByRole("link", { name: /ticket in Zendesk/ })
    .first();
  await link.waitFor();
  const [panel] = await Promise.all([context.waitForEvent("page"), link.click()]);
  watch(panel, "zendesk");
  const app = panel.frameLocator(".frames iframe:not([hidden])");
  await app.getByText("3 of 3 sources current").first().waitFor();
  await panel.waitForTimeout(1500);
  await panel.screenshot({ path: "/tmp/z1.png" });
  const before = await app.locator("body").innerText();
  await panel.getByLabel("Make happen").selectOption("deal_won");
  await panel.getByRole("button", { name: "Go" }).click();
  await panel.waitForTimeout(2500);
  await panel.screenshot({ path: "/tmp/z2.png" });
  const after = await app.locator("body").innerText();
  console.log("zendesk panel changed by itself:", before !== after);
  await page.bringToFront();
  await page.getByRole("button", { name: "An angry ticket comes in" }).click();
  await panel.bringToFront();
  await panel.waitForTimeout(2500);
  console.log("and by the home page:", (await app.locator("body").innerText()) !== after);
  const [record] = await Promise.all([
    context.waitForEvent("page"),
    page
      .locator("#happened")
      .getByRole("link", { name: /in Salesforce/ })
      .first()
      .click(),
  ]);
  watch(record, "salesforce");
  await record.getByText("3 of 3 sources current").first().waitFor();
  await record.waitForTimeout(1000);
  await record.getByLabel("Make happen").selectOption("owner_changed");
  await record.getByRole("button", { name: "Go" }).click();
  await record.waitForTimeout(3500);
  await record.screenshot({ path: "/tmp/s1.png" });
  await page.bringToFront();
  await page.screenshot({ path: "/tmp/home4.png", fullPage: false });
} finally {
  await browser.close();
  await lab.stop();
}
