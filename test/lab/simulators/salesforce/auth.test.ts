import { generateKeyPairSync } from "node:crypto";
import { importPKCS8, SignJWT } from "jose";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { call, form, tinyLab } from "../testing.ts";

const { lab, acme, clock } = await tinyLab();
afterAll(() => lab.close());
const { url, credentials } = acme.salesforce;
const seconds = () => Math.floor(clock.now() / 1000);
const newPair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

async function sign(claims: Record<string, unknown>, pem = credentials.jwtPrivateKey): Promise<string> {
  const usual = { iss: credentials.clientId, sub: credentials.username, aud: url, exp: seconds() + 120 };
  return await new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: "RS256" }).sign(await importPKCS8(pem, "RS256"));
}

const grant = (assertion: string) =>
  call(`${url}/services/oauth2/token`, form({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }));

describe("the JWT bearer flow", () => {
  test("issues a working token for My Domain and for login.salesforce.com", async () => {
    for (const aud of [url, "https://login.salesforce.com"]) {
      const { status, body } = await grant(await sign({ aud }));
      expect(status).toBe(200);
      expect(body).toMatchObject({ instance_url: url, token_type: "Bearer", scope: "api" });
      const headers = { authorization: `Bearer ${body.access_token}` };
      expect((await call(`${url}/services/data/v67.0/limits`, { headers })).status).toBe(200);
    }
  });

  test.each<[string, () => Record<string, unknown>, string, string]>([
    ["another audience", () => ({ aud: "https://elsewhere.example" }), "invalid_grant", "audience is invalid"],
    ["a sandbox's audience", () => ({ aud: "https://test.salesforce.com" }), "invalid_grant", "audience is invalid"],
    ["an expired assertion", () => ({ exp: seconds() - 10 }), "invalid_grant", "expired authorization code"],
    ["an assertion that is valid for too long", () => ({ exp: seconds() + 3_600 }), "invalid_grant", "invalid assertion"],
    ["milliseconds for seconds", () => ({ exp: clock.now() + 120_000 }), "invalid_grant", "invalid assertion"],
    ["no expiry", () => ({ exp: undefined }), "invalid_grant", "invalid assertion"],
    [
      "a user who is not pre-authorized",
      () => ({ sub: "nobody@acme.example" }),
      "invalid_grant",
      "user hasn't approved this consumer",
    ],
    ["an unknown app", () => ({ iss: "3MVG9nobody" }), "invalid_client_id", "client identifier invalid"],
  ])("refuses %s", async (_, claims, error, error_description) => {
    expect(await grant(await sign(claims()))).toMatchObject({ status: 400, body: { error, error_description } });
  });

  test("refuses another key, another algorithm, no signature, and a value that is not a JWT", async () => {
    const hmac = await new SignJWT({ iss: credentials.clientId, sub: credentials.username, aud: url, exp: seconds() + 120 })
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(credentials.jwtPublicKey));
    const [header, claims] = (await sign({})).split(".");
    const bare = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${claims}.`;
    for (const assertion of [await sign({}, newPair().privateKey), hmac, bare, `${header}.${claims}.`, "nonsense", ""]) {
      expect(await grant(assertion)).toMatchObject({
        status: 400,
        body: { error: "invalid_grant", error_description: "invalid assertion" },
      });
    }
  });

  describe("with a replaced certificate", () => {
    const registeredKey = acme.registered.salesforce.jwtPublicKey;
    beforeEach(() => () => {
      acme.registered.salesforce.jwtPublicKey = registeredKey;
    });

    test("accepts the new key and refuses the old one", async () => {
      const pair = newPair();
      acme.registered.salesforce.jwtPublicKey = pair.publicKey;
      expect((await grant(await sign({}, pair.privateKey))).status).toBe(200);
      expect((await grant(await sign({}))).status).toBe(400);
    });
  });
});
