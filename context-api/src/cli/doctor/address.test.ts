import { type StandInAnswer, standIn } from "@sidelight/test-support/standIn.ts";
import { describe, expect, it } from "vitest";
import type { Connection } from "../../connections/connections.ts";
import { addressFindings } from "./address.ts";

const signIn = { installations: ["support", "12345"], pageOrigins: ["https://acme.zendesk.com"] };
const connections = [{ connector: { signIn } }, { connector: {} }] as unknown as Connection[];
const policy = (ancestors: string) => ({ "content-security-policy": `default-src 'none'; frame-ancestors ${ancestors}` });

/** The findings at a server that answers so at `/healthz` and at the panel's page. */
async function findingsAt(health: StandInAnswer, page: StandInAnswer): Promise<string[]> {
  const server = await standIn(({ url }) => (url === "/healthz" ? health : page));
  try {
    const findings = await addressFindings(server.url, connections);
    return findings.map(
      ({ ok, what, next }) => `${ok ? "ok" : "WRONG"} ${what.replaceAll(server.url, "")}${next ? ` → ${next}` : ""}`,
    );
  } finally {
    await server.close();
  }
}

describe("the check of a public address", () => {
  it("passes when the server answers, and its page may be embedded by the platform", async () => {
    expect(await findingsAt({ status: 200 }, { status: 200, headers: policy("https://acme.zendesk.com") })).toEqual([
      "ok  is on this machine; platforms need https",
      "ok  answers",
      "ok /panels/zendesk/support can be embedded by https://acme.zendesk.com",
    ]);
  });

  it.each<[string, StandInAnswer, string]>([
    ["the policy names another page", { status: 200, headers: policy("https://globex.zendesk.com") }, "cannot be embedded"],
    ["a proxy removes the policy", { status: 200 }, "cannot be embedded"],
    [
      "a proxy forbids frames",
      { status: 200, headers: { ...policy("https://acme.zendesk.com"), "x-frame-options": "DENY" } },
      "cannot be embedded",
    ],
    ["the installation is unknown", { status: 404 }, "answers 404"],
  ])("fails when %s", async (_, page, reason) => {
    expect((await findingsAt({ status: 200 }, page)).at(-1)).toMatch(
      new RegExp(`^WRONG /panels/zendesk/support.*${reason}.* → start`),
    );
  });

  it.each<[string, StandInAnswer]>([
    ["a sign-in page answers in its place", { status: 200, body: "<html>", headers: { "content-type": "text/html" } }],
    ["the proxy has no server behind it", { status: 502 }],
  ])("fails at once when %s", async (_, health) => {
    expect((await findingsAt(health, { status: 200 })).slice(1)).toEqual([
      expect.stringMatching(/^WRONG \/healthz answers .* → check/),
    ]);
  });

  it("refuses http beyond this machine, and names the reason of a failed connection", async () => {
    const [encryption, server] = await addressFindings("http://sidelight.invalid", []);
    expect(encryption).toMatchObject({ ok: false, what: "http://sidelight.invalid is not encrypted" });
    expect(server).toMatchObject({ ok: false, what: expect.stringMatching(/does not answer: E[A-Z_]+$/) });
  });
});
