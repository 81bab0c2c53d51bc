import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertApiKey } from "../../../store/tables/apiKeys.ts";
import { openTestTables, type TestTables } from "../../../store/testTables.ts";
import { certificateEnding, secretEnding } from "./endings.ts";
import type { AlertSource } from "./rule.ts";

const dayMs = 86_400_000;
const pem = `-----BEGIN CERTIFICATE-----
MIIBhjCCAS2gAwIBAgIUaqUp/V6S+jbRA8zDhES0NAuYWLYwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOc2lkZWxpZ2h0LXRlc3QwHhcNMjYxMTMwMTMyNTEwWhcNMjcx
MTMwMTMyNTEwWjAZMRcwFQYDVQQDDA5zaWRlbGlnaHQtdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABLl0jGIi/5jCSRS23AQupAmr68O8WrTjpEdkeuq1tS0N
sJIfLfC5ljZWNmmL+nfbbAWXR1woz2rI37YCB3OnH5yjUzBRMB0GA1UdDgQWBBQy
m79Zw5i3VBBPbEWx9acqKqRR4zAfBgNVHSMEGDAWgBQym79Zw5i3VBBPbEWx9acq
KqRR4zAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIC/dajVcL+oE
SbmbHhexvqZTVSfXjWPh5GryuXgpwaAkAiBLj2F8R+4ZhXrubvj9h8e4VNtHt1iW
/ob2COn8x9p9uw==
-----END CERTIFICATE-----`;
const end = new X509Certificate(pem).validToDate.getTime();

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const sourceAt = (now: number, certificates: string[] = [], secrets: Record<string, string> = {}, rules: object = {}) => {
  const platform = { label: "Salesforce", certificates: () => certificates };
  const connections = [
    { id: "salesforce", platform, settings: {} },
    { id: "zendesk", platform: { label: "Zendesk" }, settings: {} },
  ];
  const tenant = { log: { store: tables.forTenant("acme") }, connections, config: { alerts: { rules } } };
  const secret = async (name: string) => secrets[name] ?? Promise.reject(new Error("missing"));
  return { served: { tenant }, secret, now } as unknown as AlertSource;
};

describe("a certificate with which a platform signs", () => {
  const severities = async (daysLeft: number, certificates: string[], secrets = {}, rules = {}) =>
    (await certificateEnding.find(sourceAt(end - daysLeft * dayMs, certificates, secrets, rules))).map(
      ({ connection, severity }) => `${connection} ${severity}`,
    );

  it("is a warning two weeks before its end, and critical two days before it and after it", async () => {
    expect(await severities(15, [pem])).toEqual([]);
    expect(await severities(13, [pem])).toEqual(["salesforce warning"]);
    expect(await severities(2, [pem])).toEqual(["salesforce critical"]);
    expect(await severities(-3, [pem])).toEqual(["salesforce critical"]);
    expect(await severities(20, [pem], {}, { certificate_ending: { warningDays: 30 } })).toEqual(["salesforce warning"]);
  });

  it("may be a secret, and is no alert when it cannot be read or another one lasts longer", async () => {
    expect(await severities(1, ["cert"], { cert: pem })).toEqual(["salesforce critical"]);
    expect(await severities(1, ["cert"])).toEqual([]);
    expect(await severities(1, [pem, "nowhere"])).toEqual([]);
    expect(await severities(1, [])).toEqual([]);
  });
});

it("an API key that ends is an alert until it is revoked", async () => {
  const now = 100 * dayMs;
  const store = tables.forTenant("acme");
  const key = (key_id: string, expires_at: number | null, revoked_at: number | null = null) =>
    insertApiKey(store, { key_id, secret_hash: key_id, role: "agent", label: "x", created_at: 0, expires_at, revoked_at });
  for (const statement of [
    key("k_soon", now + 10 * dayMs),
    key("k_now", now + dayMs),
    key("k_ended", now - dayMs),
    key("k_old", now - 30 * dayMs),
    key("k_far", now + 60 * dayMs),
    key("k_forever", null),
    key("k_revoked", now + dayMs, 1),
  ])
    await tables.execute("acme", statement);
  const findings = await secretEnding.find(sourceAt(now));
  expect(findings.map(({ subject, severity }) => `${subject} ${severity}`).sort()).toEqual([
    "k_ended critical",
    "k_now critical",
    "k_soon warning",
  ]);
  expect(findings.find(({ subject }) => subject === "k_ended")?.message).toMatch(/has ended: It ended at 1970/);
});
