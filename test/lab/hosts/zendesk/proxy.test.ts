import { jwtVerify } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { proxyRequest } from "./proxy.ts";

const config = {
  settings: { api_key: "secret-key", tenant: "acme" },
  jwtSecret: "shared-secret-of-the-app",
  domainWhitelist: ["api.example"],
};
const requests: { url: string; init: RequestInit }[] = [];

function listen(status = 200, body = "{}") {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init = {}) => {
    requests.push({ url: String(url), init });
    return new Response(body, { status, headers: { "x-request-id": "req-1" } });
  });
}
const headersSent = () => new Headers(requests.at(-1)!.init.headers);

afterEach(() => {
  vi.restoreAllMocks();
  requests.length = 0;
});

describe("the request proxy", () => {
  it("fills in settings for secure requests only", async () => {
    listen();
    const request = { url: "https://api.example/{{setting.tenant}}", headers: { Authorization: "Bearer {{setting.api_key}}" } };
    await proxyRequest({ ...request, secure: true }, config);
    expect(requests[0]?.url).toBe("https://api.example/acme");
    expect(headersSent().get("authorization")).toBe("Bearer secret-key");
    await proxyRequest({ ...request, url: "https://api.example/", secure: false }, config);
    expect(headersSent().get("authorization")).toBe("Bearer {{setting.api_key}}");
  });

  it("keeps the placeholder of an unknown setting", async () => {
    listen();
    await proxyRequest({ url: "https://api.example/", headers: { "x-a": "{{setting.constructor}}" }, secure: true }, config);
    expect(headersSent().get("x-a")).toBe("{{setting.constructor}}");
  });

  it("signs an app's claims with the app's shared secret", async () => {
    listen();
    const jwt = { algorithm: "HS256", expiry: 60, claims: { agent: 9 } };
    await proxyRequest({ url: "https://api.example/", headers: { "x-token": "{{jwt.token}}" }, secure: true, jwt }, config);
    const token = headersSent().get("x-token") ?? "";
    const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(config.jwtSecret), {
      algorithms: ["HS256"],
    });
    expect(payload).toMatchObject({ agent: 9 });
    expect(payload.exp! - payload.iat!).toBe(60);
    expect(protectedHeader.alg).toBe("HS256");
  });

  it.each([
    "https://evil.example/",
    "https://api.example.evil.example/",
    "https://evil.example/?api.example",
    "file:///etc/passwd",
  ])("does not go to %s", async (url) => {
    listen();
    const answer = await proxyRequest({ url, headers: { Authorization: "Bearer {{setting.api_key}}" }, secure: true }, config);
    expect(answer.status).toBe(403);
    expect(requests).toEqual([]);
  });

  it("follows no redirect and drops header names with underscores", async () => {
    listen();
    await proxyRequest({ url: "https://api.example/", headers: { x_api_key: "1", "x-kept": "2" }, secure: true }, config);
    expect(requests[0]?.init.redirect).toBe("manual");
    expect([...headersSent().keys()]).toEqual(["x-kept"]);
  });

  it("returns status, headers and body unchanged", async () => {
    listen(429, '{"code":"rate_limited"}');
    const answer = await proxyRequest(
      { url: "https://api.example/", type: "POST", data: "{}", contentType: "application/json" },
      config,
    );
    expect(answer).toMatchObject({
      status: 429,
      responseText: '{"code":"rate_limited"}',
      responseHeaders: { "x-request-id": "req-1" },
    });
    expect(requests[0]?.init).toMatchObject({ method: "POST", body: "{}" });
  });
});
