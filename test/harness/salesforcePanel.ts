import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Locator, Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const panelOf = (page: Page): Locator => page.locator("c-sidelight-panel");

export const sectionIn = (page: Page, name: string): Locator => page.locator(`c-sidelight-section[data-section=${name}]`);

export const factOf = (page: Page, key: string): Locator => page.locator(`[data-fact=${key}]`);

/** Opens all sections of a panel that is filled. */
export async function expandSections(page: Page): Promise<void> {
  await panelOf(page).locator("c-sidelight-section .toggle").first().waitFor();
  const collapsed = panelOf(page).locator("c-sidelight-section .toggle[aria-expanded=false]");
  while ((await collapsed.count()) > 0) await collapsed.first().click();
}

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** WCAG 2.2 AA violations of the panel, each with its element. */
export async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  // Takes the element, because under synthetic shadow a selector of the page does not reach into a component.
  const violations = await panelOf(page).evaluate(async (element) => {
    const { axe: checker } = globalThis as unknown as {
      axe: { run(element: unknown, options: unknown): Promise<{ violations: Violation[] }> };
    };
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return (await checker.run(element, { runOnly, resultTypes: ["violations"] })).violations;
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`));
}

interface Box {
  tagName: string;
  className: string;
  textContent: string | null;
  shadowRoot: { children: Iterable<Box> } | null;
  children: Iterable<Box>;
  getBoundingClientRect(): { left: number; right: number; width: number };
}

/** Elements that extend beyond the left or right edge of the panel, in its components too. Text that its line cuts does not. */
export const widerThanPanel = (page: Page): Promise<string[]> =>
  panelOf(page).evaluate((root) => {
    const { getComputedStyle } = globalThis as unknown as {
      getComputedStyle(element: Box): { display: string; overflowX: string };
    };
    const { left, right } = root.getBoundingClientRect();
    const withParents = (parent: Box): [Box, Box][] =>
      [...(parent.shadowRoot ?? parent).children].flatMap((child) => [[child, parent], ...withParents(child)]);
    const elements = withParents(root as unknown as Box);
    if (elements.length < 10) return ["fewer than ten elements found"];
    const isCut = (element: Box, parent: Box): boolean =>
      getComputedStyle(element).display === "inline" && getComputedStyle(parent).overflowX !== "visible";
    return elements
      .filter(([element, parent]) => {
        const box = element.getBoundingClientRect();
        return box.width > 1 && (box.right > right + 1 || box.left < left - 1) && !isCut(element, parent);
      })
      .map(([{ tagName, className, textContent }]) => `${tagName} ${className} ${textContent?.slice(0, 40)}`);
  });
