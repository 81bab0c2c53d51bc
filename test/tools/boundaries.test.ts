import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Imports that the configuration must refuse: [importing file, imported file]. */
const refusedImports: readonly (readonly [string, string])[] = [
  ["context-api/src/store/tables/probe.ts", "context-api/src/log/probe.ts"],
  ["context-api/src/log/probe.ts", "context-api/src/context/probe.ts"],
  ["context-api/src/context/probe.ts", "context-api/src/routing/probe.ts"],
  ["context-api/src/context/probe.ts", "context-api/src/http/probe.ts"],
  ["context-api/src/resilience/probe.ts", "context-api/src/store/probe.ts"],
  ["context-api/src/http/probe.ts", "context-api/src/runtime/probe.ts"],
  ["context-api/src/services/probe.ts", "context-api/src/http/probe.ts"],
  ["context-api/src/cli/probe.ts", "context-api/src/main.ts"],
  ["context-api/src/cli/probe.ts", "context-api/platforms/mixpanel/src/index.ts"],
  ["context-api/src/main.ts", "context-api/platforms/mixpanel/src/client.ts"],
  ["context-api/src/main.ts", "test/lab/start.ts"],
  ["context-api/src/runtime/probe.ts", "test/lab/start.ts"],
  ["context-api/src/newFolder/probe.ts", "context-api/src/store/probe.ts"],
  ["context-api/src/store/probe.ts", "context-api/src/newFolder/probe.ts"],
  ["context-api/newPackage/src/probe.ts", "context-api/model/src/probe.ts"],
  ["context-api/model/src/probe.ts", "context-api/platform-kit/src/probe.ts"],
  ["context-api/model/src/probe.ts", "shared/contracts/src/probe.ts"],
  ["context-api/platform-kit/src/probe.ts", "context-api/src/store/probe.ts"],
  ["context-api/platforms/zendesk/src/probe.ts", "context-api/platforms/salesforce/src/probe.ts"],
  ["context-api/platforms/zendesk/src/probe.ts", "context-api/src/context/probe.ts"],
  ["shared/contracts/src/probe.ts", "context-api/model/src/probe.ts"],
  ["shared/panel/src/probe.ts", "context-api/src/context/probe.ts"],
  ["shared/ui/src/probe.ts", "shared/panel/src/probe.ts"],
  ["apps/zendesk/src/probe.ts", "context-api/src/http/probe.ts"],
  ["apps/zendesk/src/probe.ts", "apps/salesforce/tools/probe.ts"],
  ["context-api/src/store/probe.test.ts", "test/lab/start.ts"],
];

const acceptedImports: readonly (readonly [string, string])[] = [
  ["context-api/src/context/read.ts", "context-api/src/log/probe.ts"],
  ["context-api/src/http/handler.ts", "context-api/src/services/probe.ts"],
  ["context-api/src/services/verb.ts", "shared/contracts/src/probe.ts"],
  ["context-api/src/main.ts", "context-api/platforms/zendesk/src/index.ts"],
  ["context-api/platforms/hubspot/src/index.ts", "context-api/platform-kit/src/probe.ts"],
  ["context-api/platforms/hubspot/src/index.ts", "context-api/model/src/probe.ts"],
  ["context-api/src/store/table.test.ts", "test/support/until.ts"],
  ["apps/zendesk/src/view.ts", "shared/panel/src/probe.ts"],
  ["apps/zendesk/src/view.ts", "shared/ui/src/colors.ts"],
  ["test/contract/probe.test.ts", "context-api/src/http/probe.ts"],
];

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

let folder: string;
let violations: Violation[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-boundaries-"));
  for (const file of [".dependency-cruiser.mjs", "tsconfig.json"]) copyFileSync(join(root, file), join(folder, file));
  const pairs = [...refusedImports, ...acceptedImports, sqlImport, cycle, [...cycle].reverse()];
  const imports = new Map<string, string[]>();
  for (const [from = "", to = ""] of pairs) {
    imports.set(from, [...(imports.get(from) ?? []), to]);
    imports.set(to, imports.get(to) ?? []);
  }
  for (const [file, targets] of imports) writeProbe(file, targets);
  const config = join(folder, ".dependency-cruiser.mjs");
  const { stdout, stderr } = spawnSync(
    "depcruise",
    ["--config", config, "--output-type", "json", "shared", "context-api", "apps", "test"],
    {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (!stdout.startsWith("{")) throw new Error(`depcruise failed: ${stderr}`);
  violations = JSON.parse(stdout).summary.violations;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sqlImport = ["context-api/src/sync/probe.ts", "context-api/src/store/queries.ts"] as const;
const cycle = ["context-api/src/sync/first.ts", "context-api/src/sync/second.ts"] as const;

function writeProbe(file: string, targets: readonly string[]): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  const specifier = (target: string) => {
    const path = relative(dirname(file), target).replaceAll("\\", "/");
    return path.startsWith(".") ? path : `./${path}`;
  };
  const lines = targets.map((target, i) => `import { probe as probe${i} } from "${specifier(target)}";\nconsole.log(probe${i});`);
  writeFileSync(path, `${lines.join("\n")}\nexport const probe = 1;\n`);
}

const rulesFor = ([from, to]: readonly [string, string]): string[] =>
  violations.filter((violation) => violation.from === from && violation.to === to).map((violation) => violation.rule.name);

describe("the boundaries of the code", () => {
  it.each(refusedImports)("%s must not import %s", (from, to) => {
    expect(rulesFor([from, to])).toContain("not-in-allowed");
  });

  it.each(acceptedImports)("%s may import %s", (from, to) => {
    expect(rulesFor([from, to])).toEqual([]);
  });

  it("refuses the query builder outside the store", () => {
    expect(rulesFor(sqlImport)).toEqual(["sql-only-in-store"]);
  });

  it("refuses a cycle, also of types alone", () => {
    expect(rulesFor(cycle)).toContain("no-cycle");
  });
});
