import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { roleNames } from "@sidelight/context-api/runtime/options.ts";
import { createMetrics } from "@sidelight/context-api/telemetry/metrics.ts";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root, tool } from "../tools/runNode.mjs";
import { deployFolder, type Manifest, modelOf, podOf, readDeployFile, readManifests } from "./manifests.ts";

const manifests = readManifests();
const nameOf = ({ file, kind, metadata }: Manifest): string => `${file} ${kind} ${metadata.name}`;
const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
const withPods = manifests.filter((manifest) => podOf(manifest) !== null);

/** Excess members are found by the compiler: Kubernetes ignores what it does not know, and its schemas allow it. */
function typeErrors(objects: readonly Manifest[]): string {
  mkdirSync(join(root, "test/.cache"), { recursive: true });
  const folder = mkdtempSync(join(root, "test/.cache/manifests-"));
  try {
    const lines = objects.flatMap(({ file, ...manifest }, i) => {
      const module = modelOf({ file, ...manifest });
      const object = JSON.stringify(manifest).replaceAll("\n", " ");
      return [
        `import type { I${manifest.kind} as Kind${i} } from "${module}";`,
        `export const object${i}: Kind${i} = ${object};`,
      ];
    });
    writeFileSync(join(folder, "manifests.ts"), lines.join("\n"));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "esnext", "--module", "nodenext"];
    const { command, shell } = tool("tsc");
    const compilation = spawnSync(command, ["--ignoreConfig", ...options, join(folder, "manifests.ts")], {
      cwd: root,
      encoding: "utf8",
      shell,
    });
    return compilation.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the manifests for Kubernetes", () => {
  it.each(manifests.map((manifest) => [nameOf(manifest), manifest] as const))("%s matches its schema", async (_, manifest) => {
    const { file: __, ...object } = manifest;
    const models = await import(modelOf(manifest));
    const model = new models[manifest.kind](object);
    expect(() => model.validate()).not.toThrow();
  });

  it("have no member that Kubernetes does not know", { timeout: 120_000 }, () => {
    expect(typeErrors(manifests)).toBe("");
    // The check itself works.
    const [service] = ofKind("Service");
    const wrongService = { ...service!, spec: { ...service!.spec, ports: [{ port: 80, targetPorts: 1 }] } };
    expect(typeErrors([wrongService])).toContain("may only specify known properties, and '\"targetPorts\"'");
  });

  it.each(withPods.map((manifest) => [nameOf(manifest), manifest] as const))("%s runs with the least rights", (_, manifest) => {
    const pod = podOf(manifest);
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
    });
    for (const container of pod.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(container.resources).toMatchObject({
        requests: { cpu: expect.anything(), memory: expect.anything() },
        limits: { memory: expect.anything() },
      });
      expect(container.image).not.toMatch(/:latest$|^[^:]+$/);
      for (const { name } of container.volumeMounts)
        expect(pod.volumes.map((volume: { name: string }) => volume.name)).toContain(name);
    }
  });

  it("probe the port of operations, and give a process the time to stop that its configuration takes", () => {
    const [configMap] = ofKind("ConfigMap") as unknown as { data: Record<string, string> }[];
    const { http } = parse(configMap!.data["sidelight.yaml"]!);
    for (const manifest of [...ofKind("Deployment"), ...ofKind("Rollout")]) {
      const { containers, terminationGracePeriodSeconds } = podOf(manifest);
      const [container] = containers;
      expect(container.ports).toEqual([
        { name: "http", containerPort: 8787 },
        { name: "ops", containerPort: 9464 },
      ]);
      expect(container.livenessProbe.httpGet).toEqual({ path: "/healthz", port: "ops" });
      expect(container.startupProbe.httpGet).toEqual({ path: "/healthz", port: "ops" });
      expect(container.readinessProbe.httpGet).toEqual({ path: "/readyz", port: "ops" });
      expect(terminationGracePeriodSeconds).toBeGreaterThan(http.stopGraceSeconds + http.stopLimitSeconds + 10);
      // Endpoints leave the load balancer after the readiness probes have failed.
      const { periodSeconds, failureThreshold } = container.readinessProbe;
      expect(http.stopGraceSeconds).toBeGreaterThan(periodSeconds * failureThreshold);
    }
  });

  it("have a Deployment, a disruption budget and an autoscaler for each role, which select its pods", () => {
    const roles = ofKind("Deployment").map(({ spec }) => spec.template.spec.containers[0].args);
    expect(roles).toEqual(expect.arrayContaining(roleNames.map((role) => ["serve", "--only", role])));
    for (const role of roleNames) {
      const name = `sidelight-${role}`;
      const deployment = ofKind("Deployment").find(({ metadata }) => metadata.name === name)!;
      expect(deployment.spec.selector.matchLabels).toEqual(deployment.spec.template.metadata.labels);
      expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
      const budget = ofKind("PodDisruptionBudget").find(({ metadata }) => metadata.name === name)!;
      expect(budget.spec.selector.matchLabels).toEqual(deployment.spec.template.metadata.labels);
      const scaler = ofKind("HorizontalPodAutoscaler").find(({ metadata }) => metadata.name === name)!;
      expect(scaler.spec.scaleTargetRef).toEqual({ apiVersion: "apps/v1", kind: "Deployment", name });
      expect(scaler.spec.minReplicas).toBe(deployment.spec.replicas);
    }
  });

  it("send webhooks to the role hub and everything else to the role api", () => {
    const paths = ofKind("Ingress")[0]!.spec.rules[0].http.paths;
    const targets = paths.map((path: { path: string; backend: { service: { name: string } } }) => [
      path.path,
      path.backend.service.name,
    ]);
    expect(targets).toEqual([
      ["/v1/webhooks", "sidelight-hub"],
      ["/", "sidelight-api"],
    ]);
    const services = ofKind("Service").map(({ metadata }) => metadata.name);
    expect(services).toEqual(expect.arrayContaining(["sidelight-hub", "sidelight-api"]));
  });

  it("name only metrics that the process has", async () => {
    const metrics = createMetrics();
    metrics.requests.count("/v1/context/:ref", "GET", 200, 0.01);
    const text = await metrics.registry.metrics();
    const queries = ofKind("AnalysisTemplate").flatMap(({ spec }) =>
      spec.metrics.flatMap((metric: { provider: { prometheus?: { query: string } } }) => metric.provider.prometheus?.query ?? []),
    );
    const adapter = readDeployFile("kubernetes/prometheus-adapter.yaml");
    const names = [...queries, adapter].flatMap((source) => source.match(/sidelight_\w+(?=\{)/g) ?? []);
    expect(names.length).toBeGreaterThanOrEqual(5);
    for (const name of new Set(names)) expect(text, name).toMatch(new RegExp(`^${name}[ {]`, "m"));
    expect(text).toContain('sidelight_http_request_seconds_bucket{le="0.5",route="/v1/context/:ref"}');
    // The autoscalers name what the adapter makes of them.
    const scalerMetrics = ofKind("HorizontalPodAutoscaler").flatMap(({ spec }) =>
      spec.metrics.flatMap(
        (metric: Record<string, { metric?: { name: string } }>) =>
          metric["pods"]?.metric?.name ?? metric["external"]?.metric?.name ?? [],
      ),
    );
    for (const name of scalerMetrics) expect(adapter).toContain(name);
  });

  it("roll a release back when its requests fail or are slow", () => {
    const rollouts = ofKind("Rollout");
    expect(rollouts.map(({ spec }) => Object.keys(spec.strategy)[0]).sort()).toEqual(["blueGreen", "canary"]);
    const templates = new Set(ofKind("AnalysisTemplate").map(({ metadata }) => metadata.name));
    const templateNames = JSON.stringify(rollouts)
      .match(/"templateName":"([^"]+)"/g)!
      .map((text) => text.slice(16, -1));
    expect(templateNames.length).toBeGreaterThanOrEqual(4);
    for (const name of templateNames) expect(templates).toContain(name);
    for (const { spec } of ofKind("AnalysisTemplate").filter(({ metadata }) => metadata.name === "sidelight-api"))
      for (const metric of spec.metrics) expect(metric).toMatchObject({ interval: "1m", count: 5, failureLimit: 2 });
  });

  it.skipIf(!existsSync("/usr/bin/kubectl"))("are complete for kubectl kustomize", () => {
    const kustomization = spawnSync("kubectl", ["kustomize", join(deployFolder, "kubernetes")], { encoding: "utf8" });
    expect(kustomization.stderr).toBe("");
    expect(kustomization.status).toBe(0);
  });
});
