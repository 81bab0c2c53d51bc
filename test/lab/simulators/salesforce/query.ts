import { randomBytes } from "node:crypto";
import type { Context } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { fail, type ResponseParts } from "./errors.ts";
import { base, record } from "./render.ts";
import { type Result, runSoql } from "./soql/run.ts";

/** Query results with pages left. */
const MAX_CURSORS = 50;

export function queryRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const cursors = new Map<string, { result: Result; batch: number }>();

  const page = (locator: string, from: number, version: string): ResponseParts => {
    const cursor = cursors.get(locator);
    if (!cursor || from > cursor.result.rows.length) return fail("INVALID_QUERY_LOCATOR", "invalid query locator");
    const { result, batch } = cursor;
    const to = from + batch;
    const isLastPage = to >= result.rows.length;
    return {
      status: 200,
      body: {
        totalSize: result.rows.length,
        done: isLastPage,
        ...(isLastPage ? {} : { nextRecordsUrl: `${base(version)}/query/${locator}-${to}` }),
        records: result.rows.slice(from, to).map((row) => record(row, result, version)),
      },
    };
  };

  const query =
    (includeDeleted: boolean) =>
    (call: Call): ResponseParts => {
      const soql = call.query.get("q");
      const version = call.params["version"]!;
      if (soql === null || soql === "") return fail("MALFORMED_QUERY", "A query string has to be specified");
      if (soql.length > 100_000) return fail("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000 characters");
      const result = runSoql(soql, { world: ctx.world.salesforce, now: ctx.clock.now(), includeDeleted });
      if (result.count !== null) return { status: 200, body: { totalSize: result.count, done: true, records: [] } };
      if (result.aggregates) {
        const records = result.aggregates.map((row) => ({ attributes: { type: "AggregateResult" }, ...row }));
        return { status: 200, body: { totalSize: records.length, done: true, records } };
      }
      const locator = `01g${randomBytes(8).toString("hex").slice(0, 15)}`;
      cursors.set(locator, { result, batch: batchSize(call, ctx.limits.salesforce.batchSize) });
      if (cursors.size > MAX_CURSORS) cursors.delete(cursors.keys().next().value!);
      return page(locator, 0, version);
    };

  const nextBatch = (call: Call): ResponseParts => {
    const match = /^(.+)-(\d+)$/.exec(call.params["locator"]!);
    if (!match) return fail("INVALID_QUERY_LOCATOR", "invalid query locator");
    return page(match[1]!, Number(match[2]), call.params["version"]!);
  };

  routes.on("GET", "/services/data/:version/query", query(false));
  routes.on("GET", "/services/data/:version/queryAll", query(true));
  routes.on("GET", "/services/data/:version/query/:locator", nextBatch);
  routes.on("GET", "/services/data/:version/queryAll/:locator", nextBatch);
}

/**
 * `Sforce-Query-Options: batchSize=200`; Salesforce accepts 200 to 2,000, and does not guarantee the size: a batch is never larger than
 * that of the org.
 */
function batchSize(call: Call, orgSize: number): number {
  const requestedSize = /batchSize=(\d+)/i.exec(call.headers.get("sforce-query-options") ?? "")?.[1];
  return Math.min(orgSize, requestedSize ? Math.min(Math.max(Number(requestedSize), 200), 2_000) : 2_000);
}
