import type { RouteConfig } from "@hono/zod-openapi";
import { createRoute } from "@hono/zod-openapi";
import { readJson } from "@sidelight/platform-kit/json.ts";
import type { Context } from "hono";
import type { z } from "zod";
import { ProblemError } from "../services/problemError.ts";
import type { App, Env } from "./env.ts";
import { invalidRequest } from "./problem.ts";
import { readBody } from "./readBody.ts";
import { NoQuery, problem } from "./v1/shared.ts";

/** The limit of an operation that sets none. */
const defaultMaxBytes = 64 * 1024;

interface JsonOperation<Schema extends z.ZodType> extends Omit<RouteConfig, "request" | "method"> {
  /** Of the body. */
  schema: Schema;
  /** Of the path. */
  params?: z.ZodObject;
  /** Headers that the handler reads, for the document. */
  headers?: z.ZodObject;
  maxBytes?: number;
}

/**
 * Mounts a POST operation with a JSON body and no query. All operations with a body are mounted here, because the framework's
 * validator accepts a body of another media type without reading it, and fails on malformed JSON.
 * @param handle gets the body as its schema returns it
 */
export function jsonOperation<Schema extends z.ZodType>(
  app: App,
  { schema, params, headers, maxBytes = defaultMaxBytes, ...operation }: JsonOperation<Schema>,
  handle: (c: Context<Env>, body: z.output<Schema>) => Promise<Response>,
): void {
  const responses = {
    ...operation.responses,
    413: problem(`too_large: the body may have ${maxBytes / 1024} KB`),
    415: problem("unsupported_media_type: the body must be application/json, in UTF-8 and not compressed"),
  };
  const path = params ? { params } : {};
  const body = { required: true, content: { "application/json": { schema } } };
  app.openAPIRegistry.registerPath({
    ...operation,
    method: "post",
    request: { ...path, ...(headers && { headers }), query: NoQuery, body },
    responses,
  });
  const route = createRoute({ ...operation, method: "post", request: { ...path, query: NoQuery }, hide: true });
  app.openapi(route, async (c) => {
    const parsed = schema.safeParse(await readJsonBody(c.req.raw, maxBytes));
    if (!parsed.success) throw invalidRequest(parsed.error.issues);
    return (await handle(c as Context<Env>, parsed.data)) as never;
  });
}

/** @throws {ProblemError} unsupported_media_type, too_large, invalid_request */
export async function readJsonBody(request: Request, maxBytes: number): Promise<unknown> {
  const mediaTypeProblem = problemOfMediaType(request.headers);
  if (mediaTypeProblem !== null) throw new ProblemError("unsupported_media_type", mediaTypeProblem, { stage: "parse" });
  const result = readJson(await readBody(request, maxBytes));
  if ("problem" in result)
    throw new ProblemError("invalid_request", `The body ${result.problem}. Send a JSON object.`, { stage: "parse" });
  return result.value;
}

/** JSON is UTF-8 (RFC 8259), so another charset is another media type. */
function problemOfMediaType(headers: Headers): string | null {
  const [mediaType = "", ...parameters] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  if (mediaType.trim() !== "application/json") return "The body has no media type or another one. Send application/json.";
  const charsets = parameters.map((parameter) => parameter.replaceAll(/[\s"]/g, "")).filter((p) => p.startsWith("charset="));
  if (charsets.some((charset) => charset !== "charset=utf-8")) return "The body has another charset. Send UTF-8.";
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() || "identity";
  return encoding === "identity" ? null : "The body is compressed. Send it without a content-encoding.";
}
