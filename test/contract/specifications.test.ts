import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { check, operations, pathOf } from "../specs/check.ts";
import { pathPattern } from "../specs/document.ts";
import type { Exchange } from "../specs/exchange.ts";
import { runLab } from "../specs/run/lab.ts";
import { type Asked, runProduct } from "../specs/run/product.ts";
import { uncovered } from "../specs/uncovered.ts";

let product: Asked;
let lab: Exchange[];
beforeAll(async () => {
  product = await runProduct();
  lab = await runLab();
}, 120_000);

/** Each problem once, with the operation it belongs to. */
const problems = (exchanges: Exchange[], side: "request" | "answer"): string[] => {
  const found = exchanges.map((exchange) => ({ ...check(exchange), status: exchange.status }));
  return [...new Set(found.flatMap((v) => v[side].map((p) => `${v.operation} ${v.status}: ${p.replace(/\/\d+\b/g, "/*")}`)))];
};

describe("the platforms' own specifications", () => {
  it("allow every request that the product sends", () => {
    expect(product.exchanges.length).toBeGreaterThan(50);
    expect(problems(product.exchanges, "request")).toEqual([]);
  });

  it("allow every request that the lab's own tests send for it", () => {
    expect(problems(lab, "request")).toEqual([]);
  });

  it("allow every answer that the simulators give", () => {
    expect(problems([...product.exchanges, ...lab], "answer")).toEqual([]);
  });

  it("are kept for no operation of Zendesk that nobody uses", () => {
    const seen = new Set([...product.exchanges, ...lab].map((exchange) => check(exchange).operation));
    const kept = operations.filter((operation) => operation.specification === "zendesk/support");
    expect(kept.map((operation) => operation.name).filter((name) => !seen.has(name))).toEqual([]);
  });

  it("have been met with successes, refusals and partial successes", () => {
    const met = new Set([...product.exchanges, ...lab].map((e) => `${check(e).operation} ${e.status}`));
    for (const one of [
      "PUT /api/v2/tickets/{ticket_id} 409",
      "PUT /api/v2/tickets/{ticket_id} 422",
      "PUT /api/v2/tickets/{ticket_id} 429",
      "GET /api/v2/incremental/users/cursor 429",
      "GET /api/v2/users/me 401",
      "GET /api/v2/users/me 503",
      "POST /api/query/engage 429",
      "POST /import 400",
      "POST /import 413",
      "POST /engage#profile-set 200",
    ]) {
      expect(met).toContain(one);
    }
  });
});

describe("what no specification covers", () => {
  const named = uncovered.map(({ platform, method, path }) => `${platform} ${method} ${path}`);
  const listed = ({ platform, method, path }: Exchange): string => {
    const own = pathOf(path);
    const entry = uncovered.find((u) => u.platform === platform && u.method === method && pathPattern(u.path).test(own));
    return entry ? `${platform} ${method} ${entry.path}` : `not listed: ${platform} ${method} ${own}`;
  };

  it("is listed, and nothing else is", () => {
    const seen = new Set([...product.exchanges, ...lab].filter((e) => check(e).operation === null).map(listed));
    if (product.salesforce > 0) seen.add("salesforce * *");
    expect([...seen].sort()).toEqual([...named].sort());
  });

  it("is told to whoever reads the documentation", () => {
    const page = readFileSync(new URL("../../docs/specifications.md", import.meta.url), "utf8");
    for (const { method, path } of uncovered) if (path !== "*") expect(page).toContain(`\`${method} ${path}\``);
    expect(page).toContain("Salesforce");
  });
});
