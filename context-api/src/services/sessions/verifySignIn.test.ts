import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { PanelSignIn, SignedInPerson } from "@sidelight/platform-kit/panelSignIn.ts";
import { type JWTPayload, SignJWT } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { openTestTables } from "../../store/testTables.ts";
import { verifySignIn } from "./verifySignIn.ts";

const platformKey = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const otherKey = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const now = Date.parse("2026-11-30T10:00:00Z");
const seconds = Math.floor(now / 1000);
const issuer = "acme.zendesk.com";
const audience = "https://acme.zendesk.com/api/v2/apps/installations/815.json";
const goodClaims: JWTPayload = {
  ...{ iss: issuer, aud: audience, sub: "7", iat: seconds - 5, nbf: seconds - 5, exp: seconds + 295 },
  context: { product: "support", location: "ticket_sidebar" },
};
const agent: SignedInPerson = {
  ...{ ref: "zendesk.user:7", name: null, place: "ticket_sidebar", boundTo: null, permissionSets: null },
};

interface SetUp {
  keys?: readonly KeyObject[];
  /** What a fresh read returns. */
  newKeys?: readonly KeyObject[];
  failure?: Error;
}

function signInWith({ keys = [platformKey.publicKey], newKeys = keys, failure }: SetUp, reads: string[] = []): PanelSignIn {
  return {
    ...{ installations: ["acme"], pageOrigins: [], role: "agent", issuer, audience, maxAgeMs: 300_000 },
    requiredClaims: ["nbf", "context"],
    async keys({ isFresh } = { isFresh: false }) {
      reads.push(isFresh ? "fresh" : "kept");
      if (failure) throw failure;
      return isFresh ? newKeys : keys;
    },
    personOf: () => agent,
    readableRefs: () => [],
  };
}

const signed = (claims: JWTPayload, key: KeyObject = platformKey.privateKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT" }).sign(key);
const claimsWithout = (name: string): JWTPayload =>
  Object.fromEntries(Object.entries(goodClaims).filter(([key]) => key !== name));

/** The parts of a tenant that a sign-in needs, over empty tables. */
async function openTenant() {
  const tables = await openTestTables();
  const store = tables.forTenant("acme");
  const log = {
    store,
    identifier: (kind: string, value: string) => `${kind}:${value}`,
    commit: async ({ statements }: { statements: Parameters<typeof tables.execute>[1][] }) => {
      for (const statement of statements) await tables.execute("acme", statement);
    },
  };
  return { log, clock: { now: () => now } } as unknown as Parameters<typeof verifySignIn>[0];
}

let tenant: Awaited<ReturnType<typeof openTenant>>;
beforeEach(async () => {
  tenant = await openTenant();
});

describe("a token of the platform", () => {
  it("names its person once", async () => {
    const token = await signed(goodClaims);
    expect(await verifySignIn(tenant, signInWith({}), token)).toEqual(agent);
    await expect(verifySignIn(tenant, signInWith({}), token)).rejects.toThrow("was used before");
  });

  it("is refused a second time whatever form its signature has", async () => {
    const token = await signed(goodClaims);
    await verifySignIn(tenant, signInWith({}), token);
    // The last character of an RSA signature of 256 bytes carries bits that decoders ignore.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(token.at(-1) ?? "");
    const otherForms = [1, 2, 3].map((bits) => token.slice(0, -1) + alphabet[(last & 0b110000) | bits]);
    for (const form of [...otherForms, `${token}=`]) await expect(verifySignIn(tenant, signInWith({}), form)).rejects.toThrow();
  });

  it("is used by one of two requests that come together", async () => {
    const token = await signed(goodClaims);
    const results = await Promise.allSettled([1, 2].map(() => verifySignIn(tenant, signInWith({}), token)));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("a token is refused", () => {
  it.each<[situation: string, claims: JWTPayload, reason: string]>([
    ["that has expired", { ...goodClaims, exp: seconds - 31 }, "expired"],
    ["that is not yet valid", { ...goodClaims, nbf: seconds + 31 }, "nbf"],
    ["that was issued in the future", { ...goodClaims, iat: seconds + 31 }, "iat"],
    ["that was issued long ago, with a long life", { ...goodClaims, iat: seconds - 331, exp: seconds + 9_999 }, "expired"],
    ["of another issuer", { ...goodClaims, iss: "globex.zendesk.com" }, "iss"],
    ["for another installation", { ...goodClaims, aud: audience.replace("815", "816") }, "aud"],
    ["without an expiry", claimsWithout("exp"), "exp"],
    ["without a time of issue", claimsWithout("iat"), "iat"],
    ["without a start", claimsWithout("nbf"), "nbf"],
    ["without an issuer", claimsWithout("iss"), "iss"],
    ["without an audience", claimsWithout("aud"), "aud"],
    ["without a person", claimsWithout("sub"), "sub"],
    ["without its context", claimsWithout("context"), "context"],
  ])("%s", async (_, claims, reason) => {
    await expect(verifySignIn(tenant, signInWith({}), await signed(claims))).rejects.toThrow(reason);
  });

  it("whose clock differs by more than half a minute, and no other", async () => {
    const late = await signed({ ...goodClaims, exp: seconds - 25 });
    expect(await verifySignIn(tenant, signInWith({}), late)).toEqual(agent);
    const early = await signed({ ...goodClaims, nbf: seconds + 25, iat: seconds + 25 });
    expect(await verifySignIn(tenant, signInWith({}), early)).toEqual(agent);
  });

  it("that another key signed, after one fresh read of the keys", async () => {
    const reads: string[] = [];
    const token = await signed(goodClaims, otherKey.privateKey);
    await expect(verifySignIn(tenant, signInWith({}, reads), token)).rejects.toThrow("no key of the platform");
    expect(reads).toEqual(["kept", "fresh"]);
  });

  it("that is signed with HS256 and the platform's public key as the secret", async () => {
    for (const pem of [
      platformKey.publicKey.export({ type: "spki", format: "pem" }),
      platformKey.publicKey.export({ type: "pkcs1", format: "pem" }),
    ]) {
      const token = await new SignJWT(goodClaims)
        .setProtectedHeader({ alg: "HS256" })
        .sign(new TextEncoder().encode(String(pem)));
      await expect(verifySignIn(tenant, signInWith({}), token)).rejects.toThrow("not signed with RS256");
    }
  });

  it("that is signed with another algorithm of the same key", async () => {
    for (const alg of ["RS384", "RS512", "PS256"]) {
      const token = await new SignJWT(goodClaims).setProtectedHeader({ alg }).sign(platformKey.privateKey);
      await expect(verifySignIn(tenant, signInWith({}), token)).rejects.toThrow("not signed with RS256");
    }
  });

  it("that has no signature", async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const alg of ["none", "None", "NONE", ""]) {
      for (const signature of ["", "AAAA"]) {
        const token = `${part({ alg })}.${part(goodClaims)}.${signature}`;
        await expect(verifySignIn(tenant, signInWith({}), token)).rejects.toThrow();
      }
    }
  });

  it("that brings its own key, in its header or its claims", async () => {
    const jwk = createPublicKey(otherKey.privateKey).export({ format: "jwk" });
    const claims = { ...goodClaims, cnf: { jku: "https://evil.example/keys" } };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", jwk, jku: "https://evil.example/keys", kid: "1" } as never)
      .sign(otherKey.privateKey);
    await expect(verifySignIn(tenant, signInWith({}), token)).rejects.toThrow("no key of the platform");
  });

  it.each(["", ".", "..", "a.b.c", "x".repeat(5_000)])("that is no token: %j", async (text) => {
    await expect(verifySignIn(tenant, signInWith({}), text)).rejects.toThrow("no signed token");
  });
});

describe("the keys of the platform", () => {
  it("are read again when it has replaced them", async () => {
    const signIn = signInWith({ keys: [otherKey.publicKey], newKeys: [platformKey.publicKey] });
    expect(await verifySignIn(tenant, signIn, await signed(goodClaims))).toEqual(agent);
  });

  it("may be several, while one replaces another", async () => {
    const signIn = signInWith({ keys: [otherKey.publicKey, platformKey.publicKey] });
    expect(await verifySignIn(tenant, signIn, await signed(goodClaims))).toEqual(agent);
  });

  it("that cannot be read give an answer with a time to retry, and leave the token unused", async () => {
    const token = await signed(goodClaims);
    const failure = new PlatformError("unavailable", "zendesk", "Zendesk answered 500.");
    await expect(verifySignIn(tenant, signInWith({ failure }), token)).rejects.toMatchObject({
      ...{ code: "overloaded", retryAfterSeconds: 10 },
    });
    expect(await verifySignIn(tenant, signInWith({}), token)).toEqual(agent);
  });
});
