import { generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { SalesforceOptions } from "./options.ts";
import { grant, refusal, secretOf } from "./signIn.ts";

const url = "https://acme.my.salesforce.com";
const now = Date.parse("2026-11-20T15:00:00.999Z");
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const withAuth = (auth: object) => SalesforceOptions.parse({ url, auth });
const jwt = (overrides: object = {}) =>
  withAuth({ flow: "jwt", clientId: "3MVG9x", username: "sidelight@acme.com", privateKey: "acme.sf", ...overrides });

async function claims(options: SalesforceOptions, key = pem) {
  const form = await grant(options, key, now);
  expect([...form.keys()]).toEqual(["grant_type", "assertion"]);
  expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
  const assertion = form.get("assertion")!;
  expect(decodeProtectedHeader(assertion)).toEqual({ alg: "RS256" });
  return (await jwtVerify(assertion, publicKey, { algorithms: ["RS256"], currentDate: new Date(now) })).payload;
}

describe("signing in", () => {
  it("uses client credentials by default", async () => {
    for (const flow of [{}, { flow: "client-credentials" }]) {
      const options = withAuth({ ...flow, clientId: "3MVG9x", clientSecret: "acme.sf" });
      expect(secretOf(options.auth)).toBe("acme.sf");
      expect(Object.fromEntries(await grant(options, "s3cret", now))).toEqual({
        grant_type: "client_credentials",
        client_id: "3MVG9x",
        client_secret: "s3cret",
      });
    }
  });

  it("uses an assertion for My Domain that expires in two minutes", async () => {
    expect(secretOf(jwt().auth)).toBe("acme.sf");
    const exp = Math.floor(now / 1000) + 120;
    expect(await claims(jwt())).toEqual({ iss: "3MVG9x", sub: "sidelight@acme.com", aud: url, exp });
    expect(await claims(SalesforceOptions.parse({ ...jwt(), url: `${url}/` }))).toMatchObject({ aud: url });
    const audience = "https://test.salesforce.com";
    expect(await claims(jwt({ audience }))).toMatchObject({ aud: audience });
  });

  it("accepts a key in PKCS#8 or PKCS#1, and with line breaks as \\n", async () => {
    const older = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    for (const key of [older, pem.replaceAll("\n", "\\n"), pem.trim()])
      expect(await claims(jwt(), key)).toMatchObject({ aud: url });
  });

  it("fails with a clear message that does not contain the key", async () => {
    const rsa = (bits: number) => generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
    const unfit = {
      nonsense: "s3cret",
      cut: pem.slice(0, 400),
      certificate: publicKey.export({ type: "spki", format: "pem" }).toString(),
      short: rsa(1024).export({ type: "pkcs8", format: "pem" }).toString(),
      curve: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      locked: privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString(),
    };
    for (const [label, key] of Object.entries(unfit)) {
      const error = await grant(jwt(), key, now).catch((e: unknown) => e);
      expect(error, label).toMatchObject({
        name: "PlatformError",
        code: "invalid_credentials",
        message: expect.stringContaining("private key"),
      });
      const { message, stack, cause } = error as Error;
      expect(cause, label).toBeUndefined();
      const [, line = key] = key.split("\n");
      expect(`${message}${stack}`, label).not.toContain(line);
    }
  });

  it("accepts exactly one flow", () => {
    for (const auth of [
      { clientId: "x" },
      { flow: "jwt", clientId: "x", clientSecret: "y" },
      { flow: "password", clientId: "x", clientSecret: "y" },
      { clientId: "x", clientSecret: "y", username: "z" },
      { flow: "jwt", clientId: "x", username: "u", privateKey: "k", audience: "test" },
    ])
      expect(SalesforceOptions.safeParse({ url, auth }).success, JSON.stringify(auth)).toBe(false);
  });
});

describe("a refused sign-in", () => {
  it.each([
    ["invalid_grant", "user hasn't approved this consumer", "pre-authorized"],
    ["invalid_app_access", "user is not admin approved to access this app", "pre-authorized"],
    ["invalid_grant", "audience is invalid", "My Domain"],
    ["invalid_grant", "Audience validation failed", "My Domain"],
    ["app_not_found", "External client app is not installed in this org", "My Domain"],
    ["invalid_grant", "invalid assertion", "certificate"],
    ["invalid_grant", "expired authorization code", "clock"],
    ["invalid_grant", "no client credentials user enabled", "no user to run as"],
    ["invalid_grant", "request not supported on this domain", "must be My Domain"],
    ["invalid_client_id", "client identifier invalid", "consumer key"],
    ["invalid_client", "invalid client credentials", "consumer secret"],
    ["inactive_user", "user is inactive", "inactive"],
  ])("%s: %s", (error, error_description, expected) => {
    const result = refusal(400, JSON.stringify({ error, error_description }));
    expect(result).toMatchObject({ code: "invalid_credentials", status: 400, message: expect.stringContaining(expected) });
  });

  it.each([
    ["login_rate_exceeded", "login rate exceeded", "rate_limited"],
    ["unknown_error", "retry your request", "unavailable"],
    ["server_error", "", "unavailable"],
  ])("%s passes, and is no fault of the credentials", (error, error_description, code) => {
    expect(refusal(400, JSON.stringify({ error, error_description }))).toMatchObject({ code });
  });

  it("has a generic message for an unknown error text", () => {
    expect(refusal(400, '{"error":"s3cret"}').message).toBe("Salesforce refused the sign-in.");
  });

  it.each(['{"error":7}', "<html>s3cret</html>", "", "null", '[{"errorCode":"s3cret"}]'])(
    "an answer that is no OAuth error is no fault of the credentials: %s",
    (body) => {
      const error = refusal(403, body);
      expect(error.code).toBe("unavailable");
      expect(error.message).not.toContain("s3cret");
    },
  );

  it("the org's daily limit, reported at the sign-in, is a rate limit", () => {
    expect(refusal(403, '[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"…"}]').code).toBe("rate_limited");
  });
});
