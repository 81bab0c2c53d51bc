import { expect, it } from "vitest";
import { testHost } from "../zaf/testHost.ts";
import { createCardTransport } from "./cards.ts";

const { signal } = new AbortController();
const subject = { key: "email:ada@lovelace.example", ref: "email:ada@lovelace.example", ticketId: null };
const request = { subject, candidate: null, customerId: "person:a1" };

function setUp(...values: unknown[]) {
  const { host, requests } = testHost(...values);
  return { requests, transport: createCardTransport(host, "https://api.example", null) };
}
const answer = (status: number, body: unknown) => ({ status, responseJSON: body, responseHeaders: {} });

it("asks for the cards of the subject in the body, through the proxy with a placeholder for the key", async () => {
  const { transport, requests } = setUp(answer(200, { items: [], nextCursor: null }));
  expect(await transport.load(request, ["orders"], "de-DE", signal)).toEqual([]);
  expect(requests[0]).toMatchObject({
    ...{ method: "POST", url: "https://api.example/v1/cards" },
    headers: { authorization: "Bearer {{setting.api_key}}", "x-sidelight-panel": "zendesk" },
  });
  expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ ref: subject.ref, keys: ["orders"], locale: "de-DE" });
});

it("asks for those of the candidate that was chosen", async () => {
  const { transport, requests } = setUp(answer(200, { items: [], nextCursor: null }));
  await transport.load({ ...request, candidate: "person:b2" }, ["orders"], "en", signal);
  expect(JSON.parse(requests[0]?.body ?? "")).toMatchObject({ ref: "person:b2" });
});

it("resolves with null when the API refuses, and when nothing answers", async () => {
  const problem = { code: "forbidden", status: 403, title: "", detail: "", type: "", requestId: "r" };
  const { transport } = setUp(answer(403, problem), undefined);
  expect(await transport.load(request, ["orders"], "en", signal)).toBe(null);
  expect(await transport.load(request, ["orders"], "en", signal)).toBe(null);
});
