import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { hasChromium, launch } from "@sidelight/test-support/browser.ts";
import { expect, it } from "vitest";
import { openHarness } from "../harness/harness.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Checker {
  axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
}

it.skipIf(!hasChromium)("the documentation pages have no axe violation and no broken link within", async () => {
  const harness = await openHarness();
  const browser = await launch();
  try {
    for (const path of ["/docs", "/docs/errors"]) {
      const page = await browser.newPage();
      const { text } = await harness.request(path, { role: null });
      await page.setContent(text);
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        const result = await (globalThis as unknown as Checker).axe.run({ runOnly, resultTypes: ["violations"] });
        return result.violations.map(({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0]?.html}`);
      });
      expect(violations, path).toEqual([]);
      const brokenLinks = await page.evaluate(
        `[...document.querySelectorAll('a[href^="#"]')].map((link) => link.hash.slice(1)).filter((id) => !document.getElementById(id))`,
      );
      expect(brokenLinks, path).toEqual([]);
    }
  } finally {
    await browser.close();
    await harness.close();
  }
});
