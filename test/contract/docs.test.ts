import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { routingSettingsSchema } from "@sidelight/context-api/config/routing.ts";
import { SidelightConfig } from "@sidelight/context-api/config/schema.ts";
import { Context } from "@sidelight/contracts/context/context.ts";
import { problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { GenericOptions } from "@sidelight/generic/options.ts";
import { MixpanelOptions } from "@sidelight/mixpanel/options.ts";
import { SalesforceOptions } from "@sidelight/salesforce/options.ts";
import { ZendeskOptions } from "@sidelight/zendesk/options.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { type Harness, openHarness } from "../harness/harness.ts";
import { allPlatforms } from "../harness/platforms.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = (name: string): string => readFileSync(join(root, name), "utf8");
const blocks = (name: string, language: string): string[] =>
  [...page(name).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map((m) => m[1]!);
const routingSettings = routingSettingsSchema(allPlatforms.map((platform) => platform.routingSettings ?? {}));
const options = { zendesk: ZendeskOptions, salesforce: SalesforceOptions, mixpanel: MixpanelOptions, generic: GenericOptions };

describe("the page of the configuration", () => {
  it.each(["README.md", "docs/configuration.md"])("%s shows valid configurations", (name) => {
    const examples = blocks(name, "yaml");
    expect(examples.length).toBeGreaterThan(0);
    for (const text of examples) {
      const { tenants } = SidelightConfig.parse(parse(text));
      for (const { routing } of Object.values(tenants)) expect(routingSettings.safeParse(routing.settings).error).toBeUndefined();
      for (const { platform, settings } of Object.values(tenants).flatMap((t) => t.connections)) {
        if (Object.keys(settings).length > 0)
          expect(options[platform as keyof typeof options].safeParse(settings).error).toBeUndefined();
      }
    }
  });

  it("names every setting of every platform", () => {
    const text = page("docs/configuration.md");
    for (const [platform, schema] of Object.entries(options)) {
      for (const name of Object.keys(schema.shape)) expect(text, `${platform} ${name}`).toContain(`\`${name}`);
    }
    for (const name of [...keysOf(SidelightConfig), ...keysOf(routingSettings)]) expect(text, name).toContain(name);
  });
});

/** All keys of a schema's objects, without those of records and leaves. */
function keysOf(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" });
  const keys = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { properties } = node as { properties?: Record<string, unknown> };
    for (const key of Object.keys(properties ?? {})) keys.add(key);
    for (const value of Object.values(node)) walk(value);
  };
  walk(json);
  return [...keys];
}

describe("the page of the API", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness();
  });
  afterAll(() => harness.close());

  it("lists every error code with its status", () => {
    const rows = [...page("docs/api.md").matchAll(/^\| `(\w+)` +\| (\d{3}) +\| (yes|no)/gm)].map(([, code, status, later]) => [
      code,
      { status: Number(status), retryable: later === "yes" },
    ]);
    const codes = Object.entries(problemCodes).map(([code, { status, retryable }]) => [code, { status, retryable }]);
    expect(rows).toEqual(codes);
  });

  it("shows requests that work", async () => {
    const commands = blocks("docs/api.md", "sh").map((text) => text.replace(/\\\n\s*/g, " "));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const url = new URL(/http:\/\/localhost:8787(\S+)/.exec(command)![0]);
      const body = /-d '([^']+)'/.exec(command)?.[1];
      if (command.includes("curl -sN")) {
        expect(await firstChunk(harness, url.pathname), command).toMatch(/^event: customer\ndata: \{"ref":/);
        continue;
      }
      const answer = await harness.request(url.pathname, body ? { method: "POST", body } : {});
      expect(answer.status, command).toBe(200);
      for (const context of body ? answer.body.items : [answer.body]) expect(Context.safeParse(context).success).toBe(true);
    }
  });

  it.each(["README.md", "docs/api.md"])("%s shows code that runs", async (name) => {
    const [ticket] = harness.lab.tenants["acme"]!.examples.resolved;
    vi.stubGlobal("fetch", (url: URL, init: RequestInit) => harness.app.request(String(url), init));
    vi.stubEnv("KEY", harness.keys["acme"]!.service);
    const output: unknown[][] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...words) => void output.push(words));
    try {
      for (const [i, code] of blocks(name, "ts").entries()) {
        const file = join(root, "test/contract", `.example-${i}-${name.replace(/\W/g, "-")}.ts`);
        writeFileSync(
          file,
          code
            .replace("5990", ticket!.slice(ticket!.indexOf(":") + 1))
            .replace('"@sidelight/client"', '"@sidelight/client/index.ts"'),
        );
        try {
          await import(file);
        } finally {
          rmSync(file);
        }
      }
    } finally {
      log.mockRestore();
      vi.unstubAllGlobals();
      vi.unstubAllEnvs();
    }
    expect(output.length).toBeGreaterThan(0);
    expect(output[0]![0]).toBe("Maya Lindqvist");
  });
});

/** The first chunk of a stream. */
async function firstChunk(harness: Harness, path: string): Promise<string> {
  const headers = { authorization: `Bearer ${harness.keys["acme"]!.admin}` };
  const [ticket] = harness.lab.tenants["acme"]!.examples.resolved;
  const stream = await harness.app.request(path.replace("zendesk.ticket:5990", ticket!), { headers });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return value ?? "";
}
