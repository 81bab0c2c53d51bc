import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPageSession, takePageSession } from "./pageSession.ts";

const apiUrl = "https://api.example/base";
const fetchMock = vi.fn<typeof fetch>();
let now: number;
/** What the API accepts. */
let valid: string;
let renewals: number;
let canRenew: boolean;

beforeEach(() => {
  [now, valid, renewals, canRenew] = [5_000, "t1", 0, true];
  vi.stubGlobal("fetch", fetchMock);
  fetchMock.mockReset().mockImplementation(async (url, init) => {
    if (String(url).endsWith("/panels/sessions/renew")) {
      renewals++;
      if (!canRenew) return new Response(null, { status: 401 });
      valid = `t${renewals + 1}`;
      return Response.json({ token: valid, expiresAt: "2026-11-30T10:10:00Z" });
    }
    return new Response(null, { status: authorizationOf(init) === `Bearer ${valid}` ? 200 : 401 });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const authorizationOf = (init: RequestInit | undefined) => new Headers(init?.headers).get("authorization");
const clock = { now: () => now, monotonic: () => now, after: () => () => {} };
const open = () => createPageSession(apiUrl, { token: "t1", expiresAt: "2026-11-30T10:00:00Z" }, clock);
const statusOf = async (call: Promise<Response>): Promise<number> => (await call).status;

describe("a session of a page", () => {
  it("is sent with each call, without cookies or redirects", async () => {
    const headers = { authorization: "Bearer ", "x-sidelight-panel": "zendesk" };
    expect(await statusOf(open().fetch(`${apiUrl}/v1/x`, { headers }))).toBe(200);
    expect(fetchMock.mock.calls[0]?.[1]).toMatchObject({
      headers: { authorization: "Bearer t1", "x-sidelight-panel": "zendesk" },
      ...{ credentials: "omit", redirect: "error", cache: "no-store" },
    });
  });

  it("is renewed before it ends, once for calls that come together", async () => {
    const session = open();
    now += 8 * 60_000;
    const statuses = await Promise.all([1, 2, 3].map(() => statusOf(session.fetch(`${apiUrl}/v1/x`))));
    expect([statuses, renewals]).toEqual([[200, 200, 200], 1]);
    expect(await session.token()).toMatchObject({ token: "t2" });
    expect(renewals).toBe(1);
  });

  it("is renewed after a refusal, as when the computer has slept, and the call is repeated", async () => {
    const session = open();
    valid = "another";
    expect(await statusOf(session.fetch(`${apiUrl}/v1/x`))).toBe(200);
    expect(renewals).toBe(1);
  });

  it("that cannot be renewed leaves the refusal", async () => {
    const session = open();
    [valid, canRenew] = ["another", false];
    expect(await statusOf(session.fetch(`${apiUrl}/v1/x`))).toBe(401);
    now += 10 * 60_000;
    expect(await session.token()).toBeNull();
  });

  it("goes on when the renewal is lost and the token still works", async () => {
    const session = open();
    now += 8 * 60_000;
    canRenew = false;
    expect(await statusOf(session.fetch(`${apiUrl}/v1/x`))).toBe(200);
  });
});

describe("a page", () => {
  const pageWith = (href: string, text: string | null) => {
    const remove = vi.fn();
    const element = text === null ? null : { textContent: text, remove };
    const page = { getElementById: () => element, location: new URL(href) } as unknown as Document;
    return { page, remove };
  };
  const address = "https://api.example/base/panels/zendesk/acme?origin=https%3A%2F%2Facme.zendesk.com&app_guid=1";

  it("gives up its session, which then is in memory only", async () => {
    const { page, remove } = pageWith(address, '{"token":"t1","expiresAt":"2026-11-30T10:00:00Z"}');
    const session = takePageSession(page, clock);
    expect(remove).toHaveBeenCalledOnce();
    expect(session?.apiUrl).toBe(apiUrl);
    expect(await session?.token()).toMatchObject({ token: "t1" });
  });

  it("that the browser has loaded again has a session that has ended", async () => {
    const session = takePageSession(pageWith(address, null).page, clock);
    expect(await statusOf(session!.fetch(`${apiUrl}/v1/x`))).toBe(401);
    expect([await session?.token(), fetchMock.mock.calls.length]).toEqual([null, 0]);
  });

  it("of an app that Zendesk serves has none", () => {
    expect(takePageSession(pageWith("https://1.apps.zdusercontent.com/1/assets/index.html", null).page, clock)).toBeNull();
  });
});
