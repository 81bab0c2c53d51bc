// The boundaries of the code: whatever is not allowed here is an error, so a new folder that is not listed fails.
// test/tools/boundaries.test.ts proves it with probe files.

/** Folders of the server, top to bottom. Each may import those below it. */
const layers = [
  "main.ts",
  "cli",
  "runtime",
  "http",
  "services",
  "ingest",
  "routing",
  "fields",
  "deliveries",
  "costs",
  "freshness",
  "sync",
  "quality",
  "linking",
  "context",
  "signals",
  "privacy",
  "connections",
  "log",
  "identity",
  "store",
  "cache",
  "resilience",
  "redis",
  "security",
  "config",
  "telemetry",
];

const server = "^context-api/src/";
const folder = (name) => (name.endsWith(".ts") ? `${server}${name.replace(".", "[.]")}$` : `${server}${name}/`);
const source = (name) => `^${name}/src/`;
const contracts = source("shared/contracts");
const model = source("context-api/model");
const kit = source("context-api/platform-kit");
const libraries = "node_modules";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true, pathNot: "[.]json$" } },
    {
      name: "no-undeclared-dependency",
      comment: "Add the package to the package.json of the package that imports it.",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "sql-only-in-store",
      comment: "Add a function to context-api/src/store/tables and call that.",
      severity: "error",
      from: { path: server, pathNot: [folder("store"), "[.]test[.]ts$"] },
      to: { path: "^context-api/src/store/(queries|sqlite|statement)[.]ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-node-in-browser-code",
      severity: "error",
      from: { path: "^(shared/[^/]+|apps/console|apps/zendesk)/src/", pathNot: "[.]test[.]ts$" },
      to: { dependencyTypes: ["core"] },
    },
  ],
  allowedSeverity: "error",
  allowed: [
    { from: {}, to: { path: libraries } },
    { from: {}, to: { dependencyTypes: ["core"] } },
    { from: { path: "^context-api/model/src/" }, to: { path: model } },
    { from: { path: contracts }, to: { path: contracts } },
    { from: { path: source("shared/client") }, to: { path: [contracts, source("shared/client")] } },
    { from: { path: source("shared/panel") }, to: { path: [contracts, source("shared/panel")] } },
    { from: { path: source("shared/ui") }, to: { path: source("shared/ui") } },
    {
      from: { path: "^apps/[^/]+/" },
      to: { path: [contracts, source("shared/client"), source("shared/panel"), "^shared/ui/(src|tools)/"] },
    },
    { from: { path: "^apps/([^/]+)/" }, to: { path: "^apps/$1/" } },
    { from: { path: kit }, to: { path: [contracts, model, kit] } },
    // A platform knows itself, the kit, the model and the contracts, and no other platform.
    { from: { path: "^context-api/platforms/([^/]+)/" }, to: { path: [contracts, model, kit, "^context-api/platforms/$1/"] } },
    ...layers.map((name, i) => ({
      from: { path: folder(name) },
      to: { path: [contracts, model, kit, ...layers.slice(i).map(folder)] },
    })),
    { from: { path: folder("main.ts") }, to: { path: "^context-api/platforms/[^/]+/src/index[.]ts$" } },
    { from: {}, to: { path: "(^|/)package[.]json$" } },
    // Tests cross packages. Packages use test-support and nothing else of test/.
    { from: { path: "^test/" }, to: {} },
    { from: { path: "(?:[.]test|/test[A-Z]\\w*)[.]tsx?$" }, to: { path: "^test/support/" } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    detectJSDocImports: true,
    doNotFollow: { path: libraries },
    exclude: { path: "(^|/)(dist|[.]cache|force-app|lwc-types)/|^test/lab/(hosts/[^/]+/page/|launch/pages/.*[.]js$)" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json", ".d.ts"],
    },
  },
};
