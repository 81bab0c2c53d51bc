import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertKinds } from "@sidelight/context-api/config/alertKinds.ts";
import { hasPromtool, promtool } from "@sidelight/test-support/promtool.ts";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { deployFolder, readDeployFile } from "./manifests.ts";

const compose = parse(readDeployFile("compose.yaml"), { merge: true });
const prometheusFolder = join(deployFolder, "prometheus");
const dashboardFiles = readdirSync(join(deployFolder, "grafana/dashboards"));

const Datasource = z.strictObject({ type: z.literal("prometheus"), uid: z.string().regex(/^\$\{datasource\}$/) });
const Target = z.strictObject({
  datasource: Datasource,
  refId: z.string().regex(/^[A-Z]$/),
  expr: z.string().min(1),
  legendFormat: z.string().min(1),
});
const GridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});
const FieldConfig = z.strictObject({
  defaults: z.strictObject({
    unit: z.enum(["short", "percentunit", "s", "bytes", "reqps", "ops"]),
    min: z.number().optional(),
    max: z.number().optional(),
    custom: z
      .strictObject({
        drawStyle: z.literal("line"),
        lineWidth: z.number(),
        fillOpacity: z.number().min(0).max(100),
        stacking: z.strictObject({ mode: z.enum(["none", "normal"]) }),
      })
      .optional(),
    color: z.strictObject({ mode: z.literal("thresholds") }).optional(),
    thresholds: z
      .strictObject({
        mode: z.literal("absolute"),
        steps: z.array(z.strictObject({ color: z.string(), value: z.number().nullable() })).min(1),
      })
      .optional(),
    mappings: z
      .array(
        z.strictObject({
          type: z.literal("value"),
          options: z.record(z.string(), z.strictObject({ text: z.string(), color: z.string() })),
        }),
      )
      .optional(),
  }),
  overrides: z.array(z.never()),
});
const Panel = z.strictObject({
  id: z.int(),
  gridPos: GridPos,
  type: z.enum(["timeseries", "stat"]),
  title: z.string().min(1),
  description: z.string().min(1),
  datasource: Datasource,
  fieldConfig: FieldConfig,
  options: z.record(z.string(), z.unknown()),
  targets: z.array(Target).min(1),
});
const Row = z.strictObject({
  id: z.int(),
  gridPos: GridPos,
  type: z.literal("row"),
  title: z.string(),
  collapsed: z.literal(false),
  panels: z.array(z.never()),
});
const Variable = z.object({ name: z.string(), type: z.enum(["datasource", "query"]), label: z.string() });
/** The part of Grafana's dashboard model (schema version 39) that our dashboards use. */
const Dashboard = z.strictObject({
  uid: z.string().regex(/^sidelight-[a-z]+$/),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  timezone: z.literal("browser"),
  editable: z.literal(true),
  graphTooltip: z.literal(1),
  refresh: z.string(),
  schemaVersion: z.literal(39),
  version: z.literal(1),
  time: z.strictObject({ from: z.string(), to: z.string() }),
  links: z.array(z.unknown()),
  templating: z.strictObject({ list: z.array(Variable) }),
  annotations: z.strictObject({ list: z.array(z.unknown()) }),
  panels: z.array(z.union([Panel, Row])),
});
const dashboards = dashboardFiles.map((file) => Dashboard.parse(JSON.parse(readDeployFile(`grafana/dashboards/${file}`))));
const panelsOf = ({ panels }: z.infer<typeof Dashboard>) => panels.filter((panel) => panel.type !== "row");

interface AlertRule {
  alert: string;
  expr: string;
  annotations: Record<string, string>;
}
const { groups } = parse(readDeployFile("prometheus/alerts.yaml")) as { groups: { rules: AlertRule[] }[] };
const rules = groups.flatMap((group) => group.rules);

describe("the dashboards of Grafana", () => {
  it("are one of each kind, with ids of their own", () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual(
      ["api", "connections", "deliveries", "overview", "process"].map((name) => `sidelight-${name}`),
    );
    for (const { panels, title } of dashboards) expect(new Set(panels.map(({ id }) => id)).size, title).toBe(panels.length);
  });

  it.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
    "%s has panels that do not overlap",
    (_, { panels }) => {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_value, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
    },
  );

  it.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))(
    "%s uses only variables that it has",
    (_, dashboard) => {
      const names = new Set(dashboard.templating.list.map(({ name }) => name));
      const variables = panelsOf(dashboard).flatMap(({ targets }) =>
        targets.flatMap(({ expr }) => expr.match(/\$(?!__)\w+/g) ?? []),
      );
      for (const variable of variables) expect(names, variable).toContain(variable.slice(1));
    },
  );

  it.skipIf(!hasPromtool)("have expressions that Prometheus reads", () => {
    const expressions = dashboards.flatMap((dashboard) =>
      panelsOf(dashboard).flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    );
    const panelRules = expressions.map((expr, i) => ({
      record: `panel:${i}`,
      expr: expr.replaceAll("$__rate_interval", "5m").replaceAll(/\$\w+/g, ".*"),
    }));
    const folder = mkdtempSync(join(tmpdir(), "sidelight-panels-"));
    writeFileSync(join(folder, "panels.yaml"), stringify({ groups: [{ name: "panels", rules: panelRules }] }));
    expect(promtool(["check", "rules", "--lint=none", "panels.yaml"], { cwd: folder })).toBe("");
    rmSync(folder, { recursive: true });
  });
});

describe("the configuration of Prometheus", () => {
  it.skipIf(!hasPromtool)("is right for Prometheus, and its rules fire as their tests say", () => {
    expect(promtool(["check", "config", "prometheus.yml"], { cwd: prometheusFolder })).toBe("");
    expect(promtool(["test", "rules", "alerts.test.yaml"], { cwd: prometheusFolder })).toBe("");
  });

  it("has a test for each rule, and a runbook or a chapter that exists", () => {
    const tests = readDeployFile("prometheus/alerts.test.yaml");
    const chapters = readDeployFile("../../docs/operating.md");
    const kinds: readonly string[] = alertKinds;
    const isTested = (name: string) =>
      [...tests.matchAll(/alertname(?:: |=~?")([\w.*|]+)/g)].some(([, names]) => new RegExp(`^(?:${names})$`).test(name));
    for (const { alert, annotations } of rules) {
      expect(isTested(alert), `${alert} has a test`).toBe(true);
      const [, kind] =
        /^\{\{ \$externalLabels\.sidelight_url \}\}\/docs\/runbooks\/(\w+)$/.exec(annotations["runbook_url"]!) ?? [];
      const [, chapter] = /^docs\/operating\.md#(.+)$/.exec(annotations["runbook_url"]!) ?? [];
      const headings = chapters.match(/^#+ .+$/gm)!.map((line) => line.replace(/^#+ /, "").toLowerCase().replaceAll(" ", "-"));
      expect(kind === undefined ? headings.includes(chapter!) : kinds.includes(kind), `${alert} has a runbook`).toBe(true);
    }
  });

  it("scrapes what compose.yaml starts, and Grafana finds both", () => {
    const { scrape_configs: scrapes } = parse(readDeployFile("prometheus/prometheus.yml"));
    const { sidelight, prometheus, grafana } = compose.services;
    expect(scrapes[0].static_configs[0].targets).toEqual([`sidelight:${sidelight.environment.SIDELIGHT_OPS_PORT}`]);
    // The port that needs no key is not published.
    expect(sidelight.ports).toEqual(["127.0.0.1:8787:8787"]);
    for (const service of [prometheus, grafana]) {
      expect(service.profiles).toEqual(["monitoring"]);
      expect(service.networks.some((network: string) => sidelight.networks.includes(network))).toBe(true);
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      expect(service.image).toMatch(/:v?\d+\.\d+\.\d+$/);
    }
    const source = parse(readDeployFile("grafana/provisioning/datasources/prometheus.yaml")).datasources[0];
    expect(source).toMatchObject({ type: "prometheus", url: "http://prometheus:9090" });
    const { path } = parse(readDeployFile("grafana/provisioning/dashboards/sidelight.yaml")).providers[0].options;
    expect(grafana.volumes).toContain(`./grafana/dashboards:${path}:ro`);
    expect(prometheus.volumes).toContain("./prometheus:/etc/prometheus:ro");
  });
});
