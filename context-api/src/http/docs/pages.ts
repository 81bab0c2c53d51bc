import type { ProblemCode } from "@sidelight/contracts/errors/problem.ts";

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
  .swagger-ui .topbar { display: none; }
  .swagger-ui .info { margin: 1.5rem 0; }
`;

const header = `<header><strong>Sidelight</strong><a href="/docs">API</a><a href="/docs/errors">Errors</a><a href="/openapi.json">OpenAPI</a></header>`;

const page = (title: string, head: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><link rel="icon" href="data:,">${head}<style>${style}</style></head><body>${header}<main>${body}</main></body></html>`;

export function docsPage(): string {
  const head = '<link rel="stylesheet" href="/docs/assets/swagger-ui.css">';
  const scripts = '<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>';
  return page("Sidelight API", head, `<div id="api"></div>${scripts}`);
}

export function errorsPage(codes: Record<ProblemCode, { status: number; retryable: boolean; title: string }>): string {
  const rows = Object.entries(codes).map(
    ([code, { status, retryable, title }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}. ${meaning[code as ProblemCode]}</td><td>${retryable ? "yes" : "no"}</td></tr>`,
  );
  return page(
    "Sidelight errors",
    "",
    `<h1>Errors</h1><p>Every error is <code>application/problem+json</code> (RFC 9457) with a <code>code</code> from this table and the <code>requestId</code> to quote when you ask for help. They never hold a customer's data.</p><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>Worth retrying</th></tr></thead><tbody>${rows.join("")}</tbody></table>`,
  );
}

const meaning: Record<ProblemCode, string> = {
  invalid_ref:
    "Write <code>platform.object:id</code>, <code>email:</code>, <code>phone:</code>, <code>domain:</code>, <code>person:</code> or <code>company:</code>.",
  invalid_request: "A parameter or the body is not as described; <code>errors</code> says where.",
  unauthenticated: "Send an API key that is known, not expired and not revoked: <code>Authorization: Bearer …</code>.",
  forbidden: "The key's role doesn't have this right.",
  not_found:
    "There is no such path or object. A customer whom nobody knows is not an error: that is a context whose match is <code>none</code>.",
  conflict: "The object has changed meanwhile. Read it again.",
  too_large: "The body is larger than the route takes.",
  unsupported_media_type: "The route takes JSON.",
  rate_limited: "Wait for as long as <code>Retry-After</code> says.",
  internal: "Our mistake. The request id leads us to it.",
  not_implemented: "Part of the contract, not built yet.",
  overloaded: "Try again after <code>Retry-After</code>.",
};
