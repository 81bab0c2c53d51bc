import type { Context } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { fail, type ResponseParts, SalesforceError } from "./errors.ts";
import { body } from "./sobjects.ts";

interface Sub {
  method: string;
  url: string;
  referenceId: string;
  body?: unknown;
}
interface SubrequestResult {
  body: unknown;
  httpHeaders: Record<string, string>;
  httpStatusCode: number;
  referenceId: string;
}

const MAX = 25;
const ROLL_BACK = new Error("roll back");

/** `POST /composite`: up to 25 subrequests that count as one API call. Later ones may use earlier results as `@{ref.path}`. */
export function compositeRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  routes.on("POST", "/services/data/:version/composite", (call) => {
    const input = body(call) as { allOrNone?: unknown; compositeRequest?: unknown };
    const subs = input?.compositeRequest;
    if (!Array.isArray(subs) || subs.length === 0) return fail("JSON_PARSER_ERROR", "compositeRequest is required");
    if (subs.length > MAX) return fail("LIMIT_EXCEEDED", `Limit reached: no more than ${MAX} subrequests`);
    const results: SubrequestResult[] = [];
    const attempt = (): void => {
      for (const sub of subs as Sub[]) results.push(one(routes, ctx, call, sub, results));
      if (input.allOrNone === true && results.some((result) => result.httpStatusCode >= 400)) throw ROLL_BACK;
    };
    try {
      if (input.allOrNone === true) ctx.world.change(attempt);
      else attempt();
    } catch (error) {
      if (error !== ROLL_BACK) throw error;
      const rolledBack = [
        {
          errorCode: "PROCESSING_HALTED",
          message: "The transaction was rolled back since another operation in the same transaction failed.",
        },
      ];
      for (const result of results) {
        if (result.httpStatusCode < 400) Object.assign(result, { httpStatusCode: 400, body: rolledBack, httpHeaders: {} });
      }
    }
    return { status: 200, body: { compositeResponse: results } };
  });
}

function one(
  routes: Routes<ResponseParts>,
  ctx: Context,
  call: Call,
  sub: Sub,
  results: readonly SubrequestResult[],
): SubrequestResult {
  const referenceId = sub.referenceId;
  try {
    if (typeof referenceId !== "string" || !/^[a-zA-Z0-9_]+$/.test(referenceId))
      return fail("INVALID_FIELD", "referenceId may hold letters, digits and underscores");
    const url = new URL(substitute(sub.url, results), "http://salesforce.invalid");
    const text = sub.body === undefined ? "" : substitute(JSON.stringify(sub.body), results);
    const headers = new Headers(call.headers);
    headers.set("content-type", "application/json");
    const answer = ctx.world.change(() =>
      routes.run({ method: sub.method, path: url.pathname, query: url.searchParams, headers, text }),
    );
    if (!answer) return fail("NOT_FOUND", "The requested resource does not exist", 404);
    return { body: answer.body ?? null, httpHeaders: answer.headers ?? {}, httpStatusCode: answer.status, referenceId };
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return { body: error.faults, httpHeaders: {}, httpStatusCode: error.status, referenceId };
  }
}

/** `@{newAccount.id}`, `@{found.records[0].Id}` */
const substitute = (text: string, results: readonly SubrequestResult[]): string =>
  text.replace(/@\{(\w+)\.([^}]+)\}/g, (match, reference: string, path: string) => {
    const result = results.find((candidate) => candidate.referenceId === reference);
    if (!result || result.httpStatusCode >= 400) {
      return fail("PROCESSING_HALTED", `Invalid reference specified. No value for ${reference}.${path} found in ${reference}`);
    }
    let value: unknown = result.body;
    for (const step of path.split(/[.[\]]+/).filter(Boolean))
      value = (value as Record<string, unknown> | null | undefined)?.[step];
    if (value === undefined || value === null || typeof value === "object")
      return fail("PROCESSING_HALTED", `Invalid reference specified. No value for ${match}`);
    return String(value);
  });
