import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { check, operations, pathOf } from "../specs/check.ts";
import { pathPattern } from "../specs/document.ts";
import type { Exchange } from "../specs/exchange.ts";
import { runLab } from "../specs/run/lab.ts";
import { type ProductRequests, runProduct } from "../specs/run/product.ts";
import { uncovered } from "../specs/uncovered.ts";

let product: ProductRequests;
let lab: Exchange[];
beforeAll(async () => {
  product = await runProduct();
  lab = await runLab();
});

/** Each problem once, with its operation. */
const problems = (exchanges: Exchange[], side: "request" | "response"): string[] => {
  const results = exchanges.map((exchange) => ({ ...check(exchange), status: exchange.status }));
  return [...new Set(results.flatMap((v) => v[side].map((p) => `${v.operation} ${v.status}: ${p.replace(/\/\d+\b/g, "/*")}`)))];
};

describe("the platforms' own specifications", () => {
  it("allow every request of the product", () => {
    expect(product.exchanges.length).toBeGreaterThan(50);
    expect(problems(product.exchanges, "request")).toEqual([]);
  });

  it("allow every request of the lab's own tests", () => {
    expect(problems(lab, "request")).toEqual([]);
  });

  it("allow every response of the simulators", () => {
    expect(problems([...product.exchanges, ...lab], "response")).toEqual([]);
  });

  it("contain no unused operation of Zendesk", () => {
    const usedOperations = new Set([...product.exchanges, ...lab].map((exchange) => check(exchange).operation));
    const zendeskOperations = operations.filter((operation) => operation.specification === "zendesk/support");
    expect(zendeskOperations.map((operation) => operation.name).filter((name) => !usedOperations.has(name))).toEqual([]);
  });

  it("were exercised with successes, refusals and partial successes", () => {
    const outcomes = new Set([...product.exchanges, ...lab].map((e) => `${check(e).operation} ${e.status}`));
    for (const exchange of [
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
      expect(outcomes).toContain(exchange);
    }
  });
});

describe("an operation outside the specifications", () => {
  const entries = uncovered.map(({ platform, method, path }) => `${platform} ${method} ${path}`);
  const entryOf = ({ platform, method, path }: Exchange): string => {
    const ownPath = pathOf(path);
    const entry = uncovered.find((u) => u.platform === platform && u.method === method && pathPattern(u.path).test(ownPath));
    return entry ? `${platform} ${method} ${entry.path}` : `not listed: ${platform} ${method} ${ownPath}`;
  };

  it("is listed, and no other", () => {
    const usedOperations = new Set([...product.exchanges, ...lab].filter((e) => check(e).operation === null).map(entryOf));
    if (product.salesforce > 0) usedOperations.add("salesforce * *");
    expect([...usedOperations].sort()).toEqual([...entries].sort());
  });

  it("is documented", () => {
    const page = readFileSync(new URL("../../docs/specifications.md", import.meta.url), "utf8");
    for (const { method, path } of uncovered) if (path !== "*") expect(page).toContain(`\`${method} ${path}\``);
    expect(page).toContain("Salesforce");
  });
});
