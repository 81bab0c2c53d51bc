import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
/** Values that only globex's platforms contain. */
let globexValues: string[];
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
  const acmeWorld = harness.lab.tenants["acme"]!.world;
  const { world } = harness.lab.tenants["globex"]!;
  const acmeValues = [
    ...acmeWorld.companies.map((c) => c.name),
    ...acmeWorld.people.flatMap((p) => [p.email, `${p.first} ${p.last}`]),
  ];
  globexValues = [
    ...world.companies.map((c) => c.name),
    ...world.people.flatMap((p) => [p.email, `${p.first} ${p.last}`]),
    ...world.companies.map((c) => world.ids.salesforce.account(c.index)),
  ].filter((value) => value.length > 6 && !acmeValues.some((name) => name.includes(value)));
});
afterAll(() => harness.close());

const leakedValues = (text: string, requestedRefs: string[]): string[] =>
  globexValues.filter((value) => text.includes(value) && !requestedRefs.some((ref) => ref.includes(value)));

interface Operation {
  method: string;
  path: string;
}

/** Every published operation. */
async function operations(): Promise<Operation[]> {
  const { body } = await harness.request("/openapi.json");
  return Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
}

describe("a key of acme", () => {
  it("gets no value of globex from any operation", async () => {
    const { examples } = harness.lab.tenants["globex"]!;
    const refs = [...examples.resolved, ...examples.ambiguous, ...examples.hierarchy];
    const operationList = await operations();
    expect(operationList.length).toBeGreaterThan(20);
    for (const { method, path } of operationList) {
      for (const ref of path.includes("{ref}") ? refs : [""]) {
        const url = path
          .replace("{ref}", encodeURIComponent(ref))
          .replace("{tenant}", "globex")
          .replaceAll(/\{\w+\}/g, "x");
        const body = method === "POST" ? { refs } : undefined;
        const text = url.endsWith("/stream")
          ? await firstEvents(url)
          : (await harness.request(url, { method, ...(body ? { body } : {}) })).text;
        expect(leakedValues(text, refs), `${method} ${url}`).toEqual([]);
      }
    }
  });

  it("gets no value of globex by Sidelight's own ids", async () => {
    const { examples } = harness.lab.tenants["globex"]!;
    for (const ref of examples.resolved) {
      const globexContext = await harness.context(ref, { tenant: "globex" });
      for (const id of [globexContext.body.customer!.id, globexContext.body.customer!.company?.id]) {
        if (!id) continue;
        const acmeContext = await harness.context(id);
        expect(acmeContext.body.match.state, id).toBe("none");
        expect(acmeContext.body.customer).toBeNull();
      }
    }
  });

  it("is not served an answer that was cached for globex under the same ref", async () => {
    const ref = "mixpanel.user:u_000000";
    const globexContext = await harness.context(ref, { tenant: "globex" });
    const acmeContext = await harness.context(ref);
    expect(globexContext.body.match.state).toBe("resolved");
    expect(acmeContext.body.customer?.id).not.toBe(globexContext.body.customer?.id);
    expect(leakedValues(acmeContext.text, [])).toEqual([]);
  });

  it("is refused with the name of globex in it", async () => {
    const forgedKey = harness.keys["acme"]!.admin.replace("slk_acme_", "slk_globex_");
    const answer = await harness.request("/v1/connections", { role: null, headers: { authorization: `Bearer ${forgedKey}` } });
    expect(answer.status).toBe(401);
  });
});

/** The text of a stream until it shows everything: a stream has no end. */
async function firstEvents(path: string): Promise<string> {
  const response = await harness.app.request(path, { headers: { authorization: `Bearer ${harness.keys["acme"]!.admin}` } });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/event: (settled|overview)/.test(text))
    text += (await advanceUntilSettled(harness.clock, reader.read(), 20)).value.value ?? "";
  await reader.cancel();
  return text;
}
