import { createConfig, lintFromString } from "@redocly/openapi-core";
import { createApp } from "@sidelight/context-api/http/app.ts";
import { unsharedState } from "@sidelight/context-api/redis/sharedState.ts";
import { createLogger } from "@sidelight/context-api/telemetry/logger.ts";
import { createMetrics } from "@sidelight/context-api/telemetry/metrics.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import spectralCore from "@stoplight/spectral-core";
import spectralRulesets from "@stoplight/spectral-rulesets";
import { beforeAll, describe, expect, it } from "vitest";
import { allPlatforms } from "../harness/platforms.ts";

// Both packages are CommonJS: their members are on the default import.
const { Spectral } = spectralCore;
const { oas } = spectralRulesets;

interface Operation {
  operationId: string;
  responses: Record<string, { headers?: Record<string, unknown>; content?: Record<string, unknown> }>;
}
interface OpenApi {
  info: { license: { url: string }; contact: object; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

let text: string;
let document: OpenApi;
let trimmed: OpenApi;
beforeAll(async () => {
  const app = createApp({
    tenants: new Map(),
    shared: unsharedState(systemClock.now),
    platforms: allPlatforms,
    eventSchemas: [],
    clock: systemClock,
    logger: createLogger("silent"),
    metrics: createMetrics(),
    home: null,
    requestsPerMinute: 600,
    trustedProxies: 0,
    forwardedHeader: "x-forwarded-for",
    readiness: async () => [],
  });
  text = await (await app.request("/openapi.json")).text();
  document = JSON.parse(text);
  trimmed = (await (await app.request("/openapi/external-services.json")).json()) as OpenApi;
});

const operationsOf = ({ paths }: OpenApi): Operation[] => Object.values(paths).flatMap((methods) => Object.values(methods));

async function redocly(source: string): Promise<string[]> {
  // The server URL is relative on purpose: the document is served by the API that it describes.
  const config = await createConfig({ extends: ["recommended"], rules: { "no-server-example.com": "off" } });
  const problems = await lintFromString({ source, config, absoluteRef: "openapi.json" });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ""}`);
}

async function spectral(source: string): Promise<string[]> {
  const linter = new Spectral();
  linter.setRuleset({ extends: [oas] } as never);
  const problems = await linter.run(source);
  return problems.map(({ code, message, path }) => `${code}: ${message} ${path.join("/")}`);
}

describe("the OpenAPI document", () => {
  it("has no finding of Redocly's recommended rules", async () => {
    expect(await redocly(text)).toEqual([]);
  });

  it("has no finding of Spectral's rules for OpenAPI", async () => {
    expect(await spectral(text)).toEqual([]);
  });

  it("names every object schema: none is inline", () => {
    const inline: string[] = [];
    const visit = (node: unknown, path: string, isRoot: boolean): void => {
      if (Array.isArray(node)) for (const [i, item] of node.entries()) visit(item, `${path}/${i}`, false);
      if (typeof node !== "object" || node === null) return;
      const { type, properties } = node as { type?: unknown; properties?: unknown };
      if (!isRoot && type === "object" && typeof properties === "object") inline.push(path);
      for (const [key, value] of Object.entries(node)) visit(value, `${path}/${key}`, false);
    };
    for (const [name, schema] of Object.entries(document.components.schemas)) visit(schema, name, true);
    visit(document.paths, "paths", false);
    expect(inline).toEqual([]);
  });

  it("leaves out operations that are not built", () => {
    expect(Object.keys(document.paths)).not.toContain("/v1/privacy/{action}");
    expect(text).not.toContain("501");
  });

  it("describes the request id on every answer and Retry-After where a caller has to wait", () => {
    for (const { operationId, responses } of operationsOf(document)) {
      for (const [status, { headers = {} }] of Object.entries(responses)) {
        expect(Object.keys(headers), `${operationId} ${status}`).toContain("x-request-id");
        if (status === "429" || status === "503") expect(Object.keys(headers)).toContain("retry-after");
      }
    }
  });

  it("describes what each platform's webhooks send", () => {
    for (const { name, webhooks } of allPlatforms)
      for (const kind of Object.keys(webhooks)) expect(text).toContain(`${name} ${kind}`);
  });
});

describe("the document for Salesforce External Services", () => {
  it("is valid by the same rules", async () => {
    const findings = [...(await redocly(JSON.stringify(trimmed))), ...(await spectral(JSON.stringify(trimmed)))];
    // External Services ignores security and tags, so it has none.
    expect(findings.filter((finding) => !/security-defined|operation-tags|tags/.test(finding))).toEqual([]);
  });

  it("uses only application/json and names that Apex accepts", () => {
    const mediaTypes = operationsOf(trimmed).flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ content = {} }) => Object.keys(content)),
    );
    expect(new Set(mediaTypes)).toEqual(new Set(["application/json"]));
    const names: string[] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      const { properties } = node as { properties?: object };
      if (properties) names.push(...Object.keys(properties));
      for (const value of Object.values(node)) visit(value);
    };
    visit(trimmed.components.schemas);
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || name === "new")).toEqual([]);
  });

  it("contains no union of primitives, which becomes no Apex type", () => {
    for (const [, union] of JSON.stringify(trimmed).matchAll(/"(?:anyOf|oneOf)":(\[[^\]]*\])/g))
      expect(JSON.parse(union ?? "[]").every((option: object) => "$ref" in option)).toBe(true);
  });

  it("defines every schema that it refers to, and no other", () => {
    const refs = new Set([...JSON.stringify(trimmed).matchAll(/schemas\/([^"]+)"/g)].map(([, name]) => name));
    expect(Object.keys(trimmed.components.schemas).sort()).toEqual([...refs].sort());
  });
});
