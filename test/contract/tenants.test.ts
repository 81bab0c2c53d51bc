import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";

let house: House;
/** What only globex's platforms hold. */
let foreign: string[];
beforeAll(async () => {
  house = await openHouse();
  const own = house.lab.tenants["acme"]!.world;
  const { world } = house.lab.tenants["globex"]!;
  const known = [...own.companies.map((c) => c.name), ...own.people.flatMap((p) => [p.email, `${p.first} ${p.last}`])];
  foreign = [
    ...world.companies.map((c) => c.name),
    ...world.people.flatMap((p) => [p.email, `${p.first} ${p.last}`]),
    ...world.companies.map((c) => world.ids.salesforce.account(c.index)),
  ].filter((value) => value.length > 6 && !known.some((name) => name.includes(value)));
});
afterAll(() => house.close());

const told = (text: string, asked: string[]): string[] =>
  foreign.filter((value) => text.includes(value) && !asked.some((ref) => ref.includes(value)));

interface Operation {
  method: string;
  path: string;
}

/** Every operation that the API publishes, with globex's refs for its parameters. */
async function operations(): Promise<Operation[]> {
  const { body } = await house.ask("/openapi.json");
  return Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
}

describe("a key of acme", () => {
  it("gets nothing of globex, by any route", async () => {
    const { examples } = house.lab.tenants["globex"]!;
    const refs = [...examples.resolved, ...examples.ambiguous, ...examples.hierarchy];
    const all = await operations();
    expect(all.length).toBeGreaterThan(20);
    for (const { method, path } of all) {
      for (const ref of path.includes("{ref}") ? refs : [""]) {
        const url = path
          .replace("{ref}", encodeURIComponent(ref))
          .replace("{tenant}", "globex")
          .replaceAll(/\{\w+\}/g, "x");
        const body = method === "POST" ? { refs } : undefined;
        const text = url.endsWith("/stream")
          ? await begun(url)
          : (await house.ask(url, { method, ...(body ? { body } : {}) })).text;
        expect(told(text, refs), `${method} ${url}`).toEqual([]);
      }
    }
  });

  it("gets nothing of globex by the ids of our own", async () => {
    const { examples } = house.lab.tenants["globex"]!;
    for (const ref of examples.resolved) {
      const theirs = await house.context(ref, { tenant: "globex" });
      for (const id of [theirs.body.customer!.id, theirs.body.customer!.company?.id]) {
        if (!id) continue;
        const mine = await house.context(id);
        expect(mine.body.match.state, id).toBe("none");
        expect(mine.body.customer).toBeNull();
      }
    }
  });

  it("is not served an answer that was cached for globex under the same ref", async () => {
    const ref = "mixpanel.user:u_000000";
    const theirs = await house.context(ref, { tenant: "globex" });
    const mine = await house.context(ref);
    expect(theirs.body.match.state).toBe("resolved");
    expect(mine.body.customer?.id).not.toBe(theirs.body.customer?.id);
    expect(told(mine.text, [])).toEqual([]);
  });

  it("opens nothing with globex's name in it", async () => {
    const forged = house.keys["acme"]!.admin.replace("slk_acme_", "slk_globex_");
    const answer = await house.ask("/v1/connections", { role: null, headers: { authorization: `Bearer ${forged}` } });
    expect(answer.status).toBe(401);
  });
});

/** A stream has no end: what it says until it has settled. */
async function begun(path: string): Promise<string> {
  const response = await house.app.request(path, { headers: { authorization: `Bearer ${house.keys["acme"]!.admin}` } });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("event: settled")) text += (await passing(house.clock, reader.read(), 20)).value.value ?? "";
  await reader.cancel();
  return text;
}
