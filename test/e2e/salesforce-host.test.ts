import { tmpdir } from "node:os";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type SalesforceHostDeps, salesforceHost } from "../lab/hosts/salesforce/host.ts";

const account = "001000000000001AAA";
const fetchMock = vi.fn<typeof fetch>();
const fetchRecord = vi.fn<SalesforceHostDeps["fetchRecord"]>();

function site(deps: Partial<SalesforceHostDeps> = {}): Hono {
  const host = salesforceHost({
    apiUrl: () => "http://127.0.0.1:1/",
    apiKey: () => "secret-of-the-rep",
    dist: `${tmpdir()}/missing`,
    querySalesforce: async () => ({ records: [] }),
    fetchRecord,
    exampleRecords: () => [{ object: "Account", id: account }],
    homeUrl: "/",
    ...deps,
  });
  return new Hono().route("/salesforce", host);
}

const apex = async (
  method: string,
  parameters: unknown,
): Promise<{ value?: { status: number; body: string }; error?: { body: { message: string } } }> => {
  const body = JSON.stringify(parameters);
  const response = await site().request(`/salesforce/apex/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Awaited<ReturnType<typeof apex>>;
};
const codeOf = (result: { error?: { body: { message: string } } }) => JSON.parse(result.error?.body.message ?? "{}").code;
const requests = () => fetchMock.mock.calls.map(([url, init]) => `${init?.method} ${decodeURIComponent(String(url))}`);

describe("the lab's simulated Salesforce org", () => {
  beforeEach(() => {
    fetchMock
      .mockReset()
      .mockImplementation(async () => Response.json(fixtures.company(Date.now()), { headers: { "x-request-id": "req_9" } }));
    fetchRecord
      .mockReset()
      .mockImplementation(async (_object, id, fields) =>
        Object.fromEntries(fields.map((field) => [field, field === "Id" ? id : null])),
      );
    vi.stubGlobal("fetch", fetchMock);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("sends the request of the Apex class, with the org's key", async () => {
    const { value } = await apex("getContext", { objectApiName: "Account", recordId: account, candidate: null, locale: "de-DE" });
    expect(value).toMatchObject({ status: 200, requestId: "req_9", retryAfter: null });
    expect(requests()).toEqual([
      `GET http://127.0.0.1:1/v1/context/salesforce.account:${account}?deadline=900&place=account&locale=de-DE`,
    ]);
    expect(fetchMock.mock.calls[0]?.[1]?.headers).toMatchObject({ authorization: "Bearer secret-of-the-rep" });
  });

  it("asks for the cards of a record with keys that are keys, in the user's language", async () => {
    const keys = ["orders", "../config", "invoices"];
    await apex("getCards", { objectApiName: "Account", recordId: account, candidate: null, keys, locale: "de-DE" });
    expect(requests()).toEqual(["POST http://127.0.0.1:1/v1/cards"]);
    expect(JSON.parse(String(fetchMock.mock.calls[0]?.[1]?.body))).toEqual({
      ...{ ref: `salesforce.account:${account}`, keys: ["orders", "invoices"], locale: "de-DE" },
    });
    const none = await apex("getCards", { objectApiName: "Account", recordId: account, keys: ["Orders!"] });
    expect(codeOf(none)).toBe("invalid_request");
  });

  it("sends a valid ETag and returns 304", async () => {
    fetchMock.mockImplementation(async () => new Response(null, { status: 304, headers: { etag: '"abc-1"' } }));
    const { value } = await apex("getContext", { objectApiName: "Account", recordId: account, etag: '"abc-1"' });
    expect(value).toMatchObject({ status: 304, body: null, etag: '"abc-1"' });
    await apex("getContext", { objectApiName: "Account", recordId: account, etag: '"a"\r\nX-Other: 1' });
    const headers = fetchMock.mock.calls.map(([, init]) => init?.headers as Record<string, string>);
    expect(headers.map((requestHeaders) => requestHeaders["if-none-match"])).toEqual(['"abc-1"', undefined]);
    expect(headers[0]).toMatchObject({ "x-sidelight-panel": "salesforce" });
  });

  it("reads the customer of an opportunity and of a case", async () => {
    fetchRecord.mockImplementation(async () => ({ AccountId: account, ContactId: "003000000000001AAA" }));
    await apex("getContext", { objectApiName: "Case", recordId: "500000000000001AAA" });
    fetchRecord.mockImplementation(async () => ({ AccountId: account }));
    await apex("getContext", { objectApiName: "Opportunity", recordId: "006000000000001AAA" });
    fetchRecord.mockRejectedValue(new Error("the simulator is switched off"));
    await apex("getContext", { objectApiName: "Opportunity", recordId: "006000000000001AAA" });
    expect(requests().map((line) => /context\/(.*)\?/.exec(line)?.[1])).toEqual([
      "salesforce.contact:003000000000001AAA",
      `salesforce.account:${account}`,
      "salesforce.opportunity:006000000000001AAA",
    ]);
  });

  it("reads a candidate only if the API returns it for this record", async () => {
    fetchMock.mockImplementation(async () => Response.json(fixtures.ambiguous(Date.now())));
    const candidate = fixtures.ambiguous(Date.now()).match.candidates[0]!.id;
    const rejected = await apex("getContext", { objectApiName: "Account", recordId: account, candidate: "person:another" });
    expect(codeOf(rejected)).toBe("not_found");
    expect(requests()).toHaveLength(1);
    await apex("getContext", { objectApiName: "Account", recordId: account, candidate });
    expect(requests().at(-1)).toContain(`/v1/context/${candidate}?`);
  });

  it.each([
    ["an invalid id", "getContext", { objectApiName: "Account", recordId: "x' OR Name != '" }],
    ["an unsupported object", "getContext", { objectApiName: "User", recordId: account }],
    ["an unknown method", "constructor", { objectApiName: "Account", recordId: account }],
  ])("rejects %s", async (_, method, parameters) => {
    expect(codeOf(await apex(method, parameters))).toBe("invalid_ref");
    expect(fetchMock).not.toHaveBeenCalled();
  });

  it("distinguishes a timeout from an unreachable API", async () => {
    fetchMock.mockRejectedValue(new DOMException("timed out", "TimeoutError"));
    expect(codeOf(await apex("getContext", { objectApiName: "Account", recordId: account }))).toBe("timeout");
    fetchMock.mockRejectedValue(new TypeError("fetch failed"));
    expect(codeOf(await apex("refresh", { objectApiName: "Account", recordId: account }))).toBe("network");
  });

  it("returns an error response unchanged, without a body that is not JSON", async () => {
    fetchMock.mockImplementation(async () =>
      Response.json({ code: "rate_limited" }, { status: 429, headers: { "retry-after": "7" } }),
    );
    expect((await apex("refresh", { objectApiName: "Account", recordId: account })).value).toMatchObject({
      status: 429,
      retryAfter: 7,
    });
    fetchMock.mockImplementation(async () => new Response("<html>", { status: 502, headers: { "content-type": "text/html" } }));
    expect((await apex("getContext", { objectApiName: "Account", recordId: account })).value).toMatchObject({
      status: 502,
      body: null,
    });
  });

  it("rejects a form of another site with 415", async () => {
    const response = await site().request("/salesforce/apex/getContext", { method: "POST", body: "{}" });
    expect(response.status).toBe(415);
  });

  it("responds 200 with the build command when the page is not built", async () => {
    const response = await site().request("/salesforce/?recordId=1");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("has not been built");
  });

  it("serves only its own folder and redirects to a trailing slash", async () => {
    const response = await site().request("/salesforce?recordId=1");
    expect(response.headers.get("location")).toBe("/salesforce/?recordId=1");
    for (const path of ["/salesforce/..%2fhost.ts", "/salesforce/x/y/", "/salesforce/page.js"]) {
      expect((await site().request(path)).status, path).toBe(404);
    }
  });

  it("serves the record page without fields when Salesforce does not respond", async () => {
    fetchRecord.mockRejectedValue(new Error("switched off"));
    const page = await (await site().request(`/salesforce/records/Account/${account}`)).json();
    expect(page).toMatchObject({ object: "Account", id: account, unavailable: true, details: [] });
    const lab = await (await site().request("/salesforce/lab")).json();
    expect(lab).toMatchObject({ homeUrl: "/", examples: [{ object: "Account", id: account, name: account }] });
  });
});
