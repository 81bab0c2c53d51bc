import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("../e2e/", import.meta.url));
const docs = readFileSync(fileURLToPath(new URL("../../docs/panels.md", import.meta.url)), "utf8");

/** Where a panel has no such situation. */
const isLeftOut = (panel: "zendesk" | "salesforce", number: number): boolean =>
  panel === "salesforce" && (number === 13 || number === 15);

interface Row {
  number: number;
  zendesk: string;
  salesforce: string;
}

/** The table of docs/panels.md. */
function tableRows(markdown: string): Row[] {
  const lines = markdown.slice(markdown.indexOf("## Acceptance scenarios")).split("\n");
  return lines.flatMap((line) => {
    const [, number = "", , zendesk = "", salesforce = ""] = line.split("|").map((cell) => cell.trim());
    return /^\d+$/.test(number) ? [{ number: Number(number), zendesk, salesforce }] : [];
  });
}

/** Numbers at the start of the names of tests and of their groups. */
const numbersIn = (source: string): number[] =>
  [...source.matchAll(/(?:\b(?:it|describe)[^"`]{0,80}?|^\s*)["`](\d{1,2}): /gm)].map(([, number]) => Number(number));

const testsOf = (file: string): string => readFileSync(`${folder}${file}.test.ts`, "utf8");

describe("the acceptance scenarios of the panels", () => {
  const rows = tableRows(docs);

  it("are 24, each once", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
  });

  it.each(rows)("$number has a test in every panel where it applies", ({ number, ...files }) => {
    for (const panel of ["zendesk", "salesforce"] as const) {
      if (isLeftOut(panel, number)) {
        expect(files[panel], panel).toMatch(/^— \(.+\)$/);
        continue;
      }
      const names = files[panel].split(", ");
      for (const name of names) {
        expect(existsSync(`${folder}${name}.test.ts`), `${name} exists`).toBe(true);
        expect(numbersIn(testsOf(name)), `${name} tests scenario ${number}`).toContain(number);
        const otherPanel = panel === "zendesk" ? "salesforce" : "zendesk";
        expect(name.includes(otherPanel), `${name} is of the other panel`).toBe(false);
      }
    }
  });

  it("are listed with every file that tests them", () => {
    const tested = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts"))
      .flatMap((file) => {
        const name = file.replaceAll("\\", "/").slice(0, -".test.ts".length);
        return [...new Set(numbersIn(testsOf(name)))].map((number) => ({ name, number }));
      });
    expect(tested.length).toBeGreaterThan(40);
    const missing = tested.filter(
      ({ name, number }) =>
        !rows.some((row) => row.number === number && `${row.zendesk}, ${row.salesforce}`.split(", ").includes(name)),
    );
    expect(missing).toEqual([]);
  });
});
