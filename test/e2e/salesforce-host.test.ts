import { tmpdir } from "node:os";
import { fixtures } from "@sidelight/panel/fixtures/index.ts";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type SalesforceHostDeps, salesforceHost } from "../lab/hosts/salesforce/host.ts";

const account = "001000000000001AAA";
const sent = vi.fn<typeof fetch>();
const fetchRecord = vi.fn<SalesforceHostDeps["fetchRecord"]>();

function site(deps: Partial<SalesforceHostDeps> = {}): Hono {
  const host = salesforceHost({
    apiUrl: () => "http://127.0.0.1:1/",
    apiKey: () => "secret-of-the-rep",
    dist: `${tmpdir()}/nothing-built-here`,
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
const codeOf = (answer: { error?: { body: { message: string } } }) => JSON.parse(answer.error?.body.message ?? "{}").code;
const asked = () => sent.mock.calls.map(([url, init]) => `${init?.method} ${decodeURIComponent(String(url))}`);

describe("the lab's stand-in for a Salesforce org", () => {
  beforeEach(() => {
    sent
      .mockReset()
      .mockImplementation(async () => Response.json(fixtures.company(Date.now()), { headers: { "x-request-id": "req_9" } }));
    fetchRecord
      .mockReset()
      .mockImplementation(async (_object, id, fields) =>
        Object.fromEntries(fields.map((field) => [field, field === "Id" ? id : null])),
      );
    vi.stubGlobal("fetch", sent);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("makes the call that the Apex class makes, with the org's key", async () => {
    const { value } = await apex("getContext", { objectApiName: "Account", recordId: account, candidate: null });
    expect(value).toMatchObject({ status: 200, requestId: "req_9", retryAfter: null });
    expect(asked()).toEqual([`GET http://127.0.0.1:1/v1/context/salesforce.account:${account}?deadline=900`]);
    expect(sent.mock.calls[0]?.[1]?.headers).toMatchObject({ authorization: "Bearer secret-of-the-rep" });
  });

  it("asks only for what has changed, and passes on that nothing has", async () => {
    sent.mockImplementation(async () => new Response(null, { status: 304, headers: { etag: '"abc-1"' } }));
    const { value } = await apex("getContext", { objectApiName: "Account", recordId: account, etag: '"abc-1"' });
    expect(value).toMatchObject({ status: 304, body: null, etag: '"abc-1"' });
    await apex("getContext", { objectApiName: "Account", recordId: account, etag: '"a"\r\nX-Other: 1' });
    const headers = sent.mock.calls.map(([, init]) => init?.headers as Record<string, string>);
    expect(headers.map((each) => each["if-none-match"])).toEqual(['"abc-1"', undefined]);
    expect(headers[0]).toMatchObject({ "x-sidelight-panel": "salesforce" });
  });

  it("asks for the customer behind an opportunity and a case", async () => {
    fetchRecord.mockImplementation(async () => ({ AccountId: account, ContactId: "003000000000001AAA" }));
    await apex("getContext", { objectApiName: "Case", recordId: "500000000000001AAA" });
    fetchRecord.mockImplementation(async () => ({ AccountId: account }));
    await apex("getContext", { objectApiName: "Opportunity", recordId: "006000000000001AAA" });
    fetchRecord.mockRejectedValue(new Error("the simulator is switched off"));
    await apex("getContext", { objectApiName: "Opportunity", recordId: "006000000000001AAA" });
    expect(asked().map((line) => /context\/(.*)\?/.exec(line)?.[1])).toEqual([
      "salesforce.contact:003000000000001AAA",
      `salesforce.account:${account}`,
      "salesforce.opportunity:006000000000001AAA",
    ]);
  });

  it("reads a candidate only if the API offers it for this record", async () => {
    sent.mockImplementation(async () => Response.json(fixtures.ambiguous(Date.now())));
    const offered = fixtures.ambiguous(Date.now()).match.candidates[0]!.id;
    const refused = await apex("getContext", { objectApiName: "Account", recordId: account, candidate: "person:somebody-else" });
    expect(codeOf(refused)).toBe("not_found");
    expect(asked()).toHaveLength(1);
    await apex("getContext", { objectApiName: "Account", recordId: account, candidate: offered });
    expect(asked().at(-1)).toContain(`/v1/context/${offered}?`);
  });

  it.each([
    ["an id that is none", "getContext", { objectApiName: "Account", recordId: "x' OR Name != '" }],
    ["an object it does not know", "getContext", { objectApiName: "User", recordId: account }],
    ["a method it does not have", "constructor", { objectApiName: "Account", recordId: account }],
  ])("refuses %s", async (_, method, parameters) => {
    expect(codeOf(await apex(method, parameters))).toBe("invalid_ref");
    expect(sent).not.toHaveBeenCalled();
  });

  it("tells a late API from one that is not there", async () => {
    sent.mockRejectedValue(new DOMException("late", "TimeoutError"));
    expect(codeOf(await apex("getContext", { objectApiName: "Account", recordId: account }))).toBe("timeout");
    sent.mockRejectedValue(new TypeError("fetch failed"));
    expect(codeOf(await apex("refresh", { objectApiName: "Account", recordId: account }))).toBe("network");
  });

  it("passes on a refusal as it came, but never a page that is not JSON", async () => {
    sent.mockImplementation(async () =>
      Response.json({ code: "rate_limited" }, { status: 429, headers: { "retry-after": "7" } }),
    );
    expect((await apex("refresh", { objectApiName: "Account", recordId: account })).value).toMatchObject({
      status: 429,
      retryAfter: 7,
    });
    sent.mockImplementation(async () => new Response("<html>", { status: 502, headers: { "content-type": "text/html" } }));
    expect((await apex("getContext", { objectApiName: "Account", recordId: account })).value).toMatchObject({
      status: 502,
      body: null,
    });
  });

  it("takes no calls from another site's form", async () => {
    const response = await site().request("/salesforce/apex/getContext", { method: "POST", body: "{}" });
    expect(response.status).toBe(415);
  });

  it("answers 200 before anything is built, and says so", async () => {
    const response = await site().request("/salesforce/?recordId=1");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("has not been built");
  });

  it("keeps to its own folder, under any mount, with a slash at its end", async () => {
    const bare = await site().request("/salesforce?recordId=1");
    expect(bare.headers.get("location")).toBe("/salesforce/?recordId=1");
    for (const path of ["/salesforce/..%2fhost.ts", "/salesforce/x/y/", "/salesforce/page.js"]) {
      expect((await site().request(path)).status, path).toBe(404);
    }
  });

  it("shows the record's page without its fields when Salesforce does not answer", async () => {
    fetchRecord.mockRejectedValue(new Error("switched off"));
    const page = await (await site().request(`/salesforce/records/Account/${account}`)).json();
    expect(page).toMatchObject({ object: "Account", id: account, unavailable: true, details: [] });
    const lab = await (await site().request("/salesforce/lab")).json();
    expect(lab).toMatchObject({ homeUrl: "/", examples: [{ object: "Account", id: account, name: account }] });
  });
});
