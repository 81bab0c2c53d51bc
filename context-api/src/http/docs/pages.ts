import type { ProblemCode } from "@sidelight/contracts/errors/problem.ts";
import type { OpenApiDocument } from "../openapi/types.ts";
import { referenceBody } from "./reference.ts";

const style = `
  :root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; }
  body { margin: 0; color: #1d2433; background: #fff; }
  header { display: flex; gap: 1.5rem; align-items: baseline; padding: 1rem 2rem; border-bottom: 1px solid #e3e6ec; }
  header strong { font-size: 1.05rem; }
  header a { color: #3a55a4; text-decoration: none; }
  main { max-width: 60rem; margin: 0 auto; padding: 1rem 2rem 4rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #e3e6ec; vertical-align: top; }
  code { font: 13px ui-monospace, monospace; }
  caption { text-align: left; font-weight: 600; padding: .75rem .75rem .25rem; }
  main a { color: #2b4591; }
  h2 { margin-top: 2.5rem; }
  h3 { margin: 2rem 0 .25rem; overflow-wrap: anywhere; }
  td, th { overflow-wrap: anywhere; font-weight: 400; }
  thead th { font-weight: 600; }
  nav h2 { font-size: 1rem; margin: 1rem 0 0; }
  nav ul { margin: 0; padding: 0; list-style: none; }
  nav li a { display: inline-block; min-height: 24px; }
  article, section[id] { scroll-margin-top: 1rem; }
`;

const header = `<header><strong>Sidelight</strong><a href="/docs">API</a><a href="/docs/errors">Errors</a><a href="/docs/runbooks">Runbooks</a><a href="/openapi.json">OpenAPI</a></header>`;

export const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><link rel="icon" href="data:,"><style>${style}</style></head><body>${header}<main>${body}</main></body></html>`;

export const docsPage = (document: OpenApiDocument): string => page("Sidelight API", referenceBody(document).text);

export function errorsPage(codes: Record<ProblemCode, { status: number; retryable: boolean; title: string }>): string {
  const rows = Object.entries(codes).map(
    ([code, { status, retryable, title }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}. ${uses[code as ProblemCode]}</td><td>${retryable ? "yes" : "no"}</td></tr>`,
  );
  return page(
    "Sidelight errors",
    `<h1>Errors</h1><p>Every error is <code>application/problem+json</code> (RFC 9457) with a <code>code</code> from this table and a <code>requestId</code>. Name the request id when you ask for help. Errors never contain a customer's data.</p><table><thead><tr><th>Code</th><th>Status</th><th>When it is used, and what to do</th><th>Retry</th></tr></thead><tbody>${rows.join("")}</tbody></table>`,
  );
}

/** When each code is used. Check the uses of a code in the sources before you change its text. */
const uses: Record<ProblemCode, string> = {
  invalid_ref:
    "The ref has another form. Write <code>platform.object:id</code>, <code>email:</code>, <code>phone:</code>, <code>domain:</code>, <code>person:</code> or <code>company:</code>.",
  invalid_request:
    "A parameter or the body does not match its description, a query parameter or member has an unknown name, the body is empty, not JSON or nested too deeply, a cursor is not from the previous page, or <code>at</code> is in the future or before the stored history. <code>errors</code> names each of them.",
  unauthenticated:
    "The API key or panel session is missing, unknown, expired or revoked: send <code>Authorization: Bearer …</code>. For a webhook: its URL or its signature is wrong.",
  forbidden:
    "The API key lacks the right <code>operate</code> (role <code>admin</code>) or <code>events</code> (roles <code>admin</code> and <code>service</code>), or a panel session was used for something else than the context of its customer.",
  not_found:
    "There is no such path, event, delivery, quarantined message or configuration version, or no platform knows the customer of a timeline. The context of an unknown customer is not an error: its match is <code>none</code>.",
  method_not_allowed: "The path does not support this method. The header <code>Allow</code> lists the supported methods.",
  conflict:
    "The operation does not fit the current state: several customers match the ref of a timeline, the delivery to retry is not a dead letter, or this release cannot use the configuration version.",
  request_timeout: "The request did not arrive completely within 15 seconds. Send it again.",
  too_large:
    "The body is too large: 64 KB for JSON, 128 KB for <code>POST /v1/contexts</code>, and the limit of each webhook source.",
  unsupported_media_type:
    "An operation with a body takes <code>application/json</code> in UTF-8, not compressed. A missing media type is another one.",
  headers_too_large: "The headers of the request are larger than 16 KB, for example because of a long token or URL.",
  rate_limited:
    "The API key has used its requests of this minute, the customer was refreshed less than 30 seconds ago, or a webhook endpoint gets too many requests. Wait for the seconds in <code>Retry-After</code>.",
  internal: "Sidelight failed. Report the request id: the log has the reason under it.",
  not_implemented: "The operation is part of the contract and not built yet.",
  overloaded:
    "The store is not available, a webhook could not be stored, too many streams are open, or the process is not ready. Wait for the seconds in <code>Retry-After</code>, then retry.",
};
