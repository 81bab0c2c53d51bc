import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsError, type SecretsManager, secretsManager } from "@sidelight/test-support/secretsManager.ts";
import { type StandIn, standIn } from "@sidelight/test-support/standIn.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromAws } from "./aws.ts";
import { secretProvider } from "./index.ts";
import { SecretError } from "./provider.ts";

const region = "eu-central-1";
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const session = { ...keys, sessionToken: "session+token/==" };
const binary = { status: 200, body: { Name: "x", SecretBinary: "czNjcmV0" } };

const assumeRoleResponse = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>${session.accessKeyId}</AccessKeyId>
    <SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>
    <SessionToken>${session.sessionToken}</SessionToken>
    <Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>
  </Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`;

let standIns: StandIn[];
beforeEach(() => {
  standIns = [];
  // AWS settings of this machine must not take part.
  for (const name of Object.keys(process.env).filter((n) => n.startsWith("AWS_"))) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
  vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(standIns.map((s) => s.close()));
});

async function manager(credentials: typeof session | typeof keys = keys): Promise<SecretsManager> {
  const manager = await secretsManager(credentials, region);
  standIns.push(manager);
  return manager;
}

function signInWith(credentials: typeof keys): void {
  vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
}

describe("secrets of AWS Secrets Manager", () => {
  it("are requested by a signed GetSecretValue with prefix and name", async () => {
    signInWith(keys);
    const { url: endpoint, secrets, requests } = await manager();
    secrets.set("sidelight/acme.zendesk", "s3cret");
    secrets.set("acme.zendesk", "another");
    expect(await fromAws({ region, endpoint, prefix: "sidelight/" })("acme.zendesk")).toBe("s3cret");
    expect(await fromAws({ region, endpoint })("acme.zendesk")).toBe("another");
    expect(requests.map((r) => `${r.method} ${r.url} ${r.body}`)).toEqual([
      'POST / {"SecretId":"sidelight/acme.zendesk"}',
      'POST / {"SecretId":"acme.zendesk"}',
    ]);
  });

  it("are returned unchanged, also with line breaks", async () => {
    signInWith(keys);
    const { url: endpoint, secrets } = await manager();
    const pem = "-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\n";
    secrets.set("acme.sf", pem);
    expect(await fromAws({ region, endpoint })("acme.sf")).toBe(pem);
  });

  it("are used without a line break at their end, which the console and command lines add", async () => {
    signInWith(keys);
    const { url: endpoint, secrets } = await manager();
    secrets.set("acme.zendesk", "s3cret\r\n");
    const provider = secretProvider({ provider: "aws", region, endpoint }, "/", {}, Date.now);
    expect(await provider.get("acme.zendesk")).toBe("s3cret");
    secrets.set("acme.blank", " \n");
    await expect(provider.get("acme.blank")).rejects.toThrow("the secret acme.blank is empty");
  });

  it("are refused to a request that was signed with another key", async () => {
    signInWith({ ...keys, secretAccessKey: "wrong" });
    const { url: endpoint, secrets } = await manager();
    secrets.set("acme.zendesk", "s3cret");
    await expect(fromAws({ region, endpoint })("acme.zendesk")).rejects.toThrow("InvalidSignatureException");
  });

  describe("that are not available", () => {
    beforeEach(() => signInWith(keys));

    it.each([
      ["an unknown name", awsError(400, "ResourceNotFoundException", "s3cret"), false, "none of that name"],
      ["no permission", awsError(400, "AccessDeniedException", "arn s3cret"), false, "secretsmanager:GetSecretValue"],
      ["a secret marked for deletion", awsError(400, "InvalidRequestException", "s3cret"), false, "marked for deletion"],
      ["a binary secret", binary, false, "no text"],
      ["a throttled request", awsError(400, "ThrottlingException", "s3cret"), true, "ThrottlingException"],
      ["a store that is down", awsError(500, "InternalServiceError", "s3cret"), true, "InternalServiceError"],
      ["an answer of a proxy", { status: 502, body: "<html>s3cret</html>" }, true, "Secrets Manager failed"],
    ])("throw a SecretError without the value for %s", async (_, answer, isOutage, words) => {
      const service = await manager();
      service.failing = answer;
      const error = await fromAws({ region, endpoint: service.url })("acme.zendesk").catch((e: unknown) => e);
      expect(error).toBeInstanceOf(SecretError);
      expect(error).toMatchObject({ isOutage, message: expect.stringContaining(words) });
      const { message, stack, cause } = error as SecretError;
      expect(message).toContain("acme.zendesk");
      expect(`${message}${stack}${String(cause)}`).not.toContain("s3cret");
    });

    it("throw an outage when the service cannot be reached", async () => {
      const service = await manager();
      await service.close();
      await expect(fromAws({ region, endpoint: service.url })("acme.zendesk")).rejects.toMatchObject({ isOutage: true });
    });
  });
});

describe("the identity for AWS", () => {
  it("is missing without credentials, and the error names the reason", async () => {
    const { url: endpoint, requests } = await manager();
    await expect(fromAws({ region, endpoint })("acme.zendesk")).rejects.toMatchObject({
      isOutage: true,
      message: expect.stringContaining("CredentialsProviderError"),
    });
    expect(requests).toEqual([]);
  });

  it("can be a session from the environment", async () => {
    signInWith(keys);
    vi.stubEnv("AWS_SESSION_TOKEN", session.sessionToken);
    const { url: endpoint, secrets } = await manager(session);
    secrets.set("acme.zendesk", "s3cret");
    expect(await fromAws({ region, endpoint })("acme.zendesk")).toBe("s3cret");
  });

  it("can be the role of the container", async () => {
    const agent = await standIn(({ url, headers }) =>
      url === "/v1/credentials" && headers["authorization"] === "pod-token"
        ? {
            status: 200,
            body: {
              AccessKeyId: session.accessKeyId,
              SecretAccessKey: session.secretAccessKey,
              Token: session.sessionToken,
              Expiration: new Date(Date.now() + 3_600_000).toISOString(),
            },
          }
        : { status: 403 },
    );
    standIns.push(agent);
    vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${agent.url}/v1/credentials`);
    vi.stubEnv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod-token");
    const { url: endpoint, secrets } = await manager(session);
    secrets.set("acme.zendesk", "s3cret");
    const get = fromAws({ region, endpoint });
    expect(await get("acme.zendesk")).toBe("s3cret");
    expect(await get("acme.zendesk")).toBe("s3cret");
    expect(agent.requests).toHaveLength(1);
  });

  it("can be a role of a web identity", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sidelight-web-identity-"));
    await writeFile(join(folder, "token"), "jwt-of-the-cluster");
    const sts = await standIn(({ body }) => {
      const form = Object.fromEntries(new URLSearchParams(body));
      const isKnown = form["WebIdentityToken"] === "jwt-of-the-cluster" && form["Action"] === "AssumeRoleWithWebIdentity";
      return isKnown ? { status: 200, body: assumeRoleResponse, headers: { "content-type": "text/xml" } } : { status: 403 };
    });
    standIns.push(sts);
    vi.stubEnv("AWS_ENDPOINT_URL_STS", sts.url);
    vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", join(folder, "token"));
    vi.stubEnv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/sidelight");
    const { url: endpoint, secrets } = await manager(session);
    secrets.set("acme.zendesk", "s3cret");
    expect(await fromAws({ region, endpoint })("acme.zendesk")).toBe("s3cret");
    await rm(folder, { recursive: true });
  });

  it("can be the role of the machine, by IMDSv2", async () => {
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", undefined);
    const metadata = await standIn(({ method, url, headers }) => {
      if (method === "PUT" && url === "/latest/api/token") return { status: 200, body: "imds-token" };
      if (headers["x-aws-ec2-metadata-token"] !== "imds-token") return { status: 401 };
      if (url === "/latest/meta-data/iam/security-credentials/") return { status: 200, body: "sidelight-role" };
      return {
        status: 200,
        body: {
          Code: "Success",
          Type: "AWS-HMAC",
          AccessKeyId: session.accessKeyId,
          SecretAccessKey: session.secretAccessKey,
          Token: session.sessionToken,
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        },
      };
    });
    standIns.push(metadata);
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url);
    const { url: endpoint, secrets } = await manager(session);
    secrets.set("acme.zendesk", "s3cret");
    expect(await fromAws({ region, endpoint })("acme.zendesk")).toBe("s3cret");
  });
});
