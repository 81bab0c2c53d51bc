import { createHash, createHmac } from "node:crypto";
import { type StandIn, type StandInAnswer, type StandInRequest, standIn } from "./standIn.ts";

export interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface SecretsManager extends StandIn {
  /** By id. A value that is not text is returned as the response. */
  secrets: Map<string, string | StandInAnswer>;
  /** When set, every request gets this response. */
  failing: StandInAnswer | null;
}

/** AWS Secrets Manager's JSON protocol: one action, and signatures that are recomputed. */
export async function secretsManager(keys: AwsKeys, region: string): Promise<SecretsManager> {
  const secrets: SecretsManager["secrets"] = new Map();
  const answer = (request: StandInRequest): StandInAnswer => {
    if (manager.failing) return manager.failing;
    const problem = signatureProblem(request, keys, region);
    if (problem) return awsError(400, "InvalidSignatureException", problem);
    if (request.method !== "POST" || request.headers["x-amz-target"] !== "secretsmanager.GetSecretValue")
      return awsError(400, "UnknownOperationException", "unknown");
    const { SecretId } = JSON.parse(request.body) as { SecretId: string };
    const secret = secrets.get(SecretId);
    if (secret === undefined)
      return awsError(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    return typeof secret === "string" ? { status: 200, body: { Name: SecretId, SecretString: secret } } : secret;
  };
  const manager: SecretsManager = Object.assign(await standIn(answer), { secrets, failing: null });
  return manager;
}

export const awsError = (status: number, type: string, message: string): StandInAnswer => ({
  status,
  body: { __type: type, message },
  headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type },
});

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Recomputes Signature Version 4 from the received request. Null when it matches. */
function signatureProblem({ method, url, headers, body }: StandInRequest, keys: AwsKeys, region: string): string | null {
  const [, id, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=(\w{64})$/.exec(
      headers["authorization"] ?? "",
    ) ?? [];
  const date = headers["x-amz-date"] ?? "";
  if (!id || !scope || !names || !signature) return "no signature";
  if (id !== keys.accessKeyId) return "unknown key";
  if (scope !== `${date.slice(0, 8)}/${region}/secretsmanager/aws4_request`) return `wrong scope ${scope}`;
  if (headers["x-amz-security-token"] !== keys.sessionToken) return "wrong session token";
  for (const header of ["host", "x-amz-date", "x-amz-target", ...(keys.sessionToken ? ["x-amz-security-token"] : [])])
    if (!names.split(";").includes(header)) return `${header} is not signed`;
  const signedHeaders = names.split(";").map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}\n`);
  const canonical = [method, new URL(url, "http://localhost").pathname, "", signedHeaders.join(""), names, sha256(body)].join(
    "\n",
  );
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Buffer>((k, part) => hmac(k, part), `AWS4${keys.secretAccessKey}`);
  return hmac(key, text).toString("hex") === signature ? null : "the signature does not match";
}
