import { describe, expect, it } from "vitest";
import { PlatformError } from "./errors.ts";
import { networkError } from "./networkFaults.ts";

const withCode = (code: string, error = new Error("secret.example.com 10.0.0.7")) => Object.assign(error, { code });
const describeError = (error: unknown, hasStarted = false) => {
  const { code, message, nextAction } = networkError("crm", error, { hasStarted });
  return { code, message, nextAction };
};

describe("a failure below HTTP", () => {
  it.each([
    ["ENOTFOUND", "unavailable", /cannot be resolved/, /DNS/],
    ["EAI_AGAIN", "unavailable", /cannot be resolved/, /DNS/],
    ["CERT_NOT_YET_VALID", "unavailable", /not valid at this time/, /clock/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "unavailable", /another name/, /URL/],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unavailable", /not trusted/, /NODE_EXTRA_CA_CERTS/],
    ["SELF_SIGNED_CERT_IN_CHAIN", "unavailable", /not trusted/, /NODE_EXTRA_CA_CERTS/],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "unavailable", /No TLS connection/, /port/],
    ["ECONNREFUSED", "unavailable", /refuses/, /firewall/],
    ["EHOSTUNREACH", "unavailable", /cannot be reached/, /network/],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout", /No connection/, /firewall/],
    ["ECONNRESET", "unavailable", /ended before/, /status page/],
    ["HPE_INVALID_CONSTANT", "unavailable", /does not answer in HTTP/, /scheme/],
    ["SOMETHING_NEW", "unavailable", /connection to the platform failed/, /network/],
  ])("%s is named in words, without an address", (code, expectedCode, message, nextAction) => {
    const fault = describeError(withCode(code));
    expect(fault).toEqual({
      code: expectedCode,
      message: expect.stringMatching(message),
      nextAction: expect.stringMatching(nextAction),
    });
    expect(JSON.stringify(fault)).not.toMatch(/example\.com|10\.0/);
  });

  it("is found in a cause, and in the attempts for each address of a host", () => {
    const attempts = new AggregateError([withCode("ECONNREFUSED"), withCode("ENETUNREACH")]);
    expect(describeError(new TypeError("failed", { cause: attempts })).message).toMatch(/refuses/);
  });

  it("names a time that ended before the answer, or within it", () => {
    const timeout = new DOMException("late", "TimeoutError");
    expect(describeError(timeout)).toMatchObject({ code: "timeout", message: "The platform did not respond in time." });
    expect(describeError(timeout, true).message).toBe("The platform's response was not complete in time.");
  });

  it("is no fault of the platform when the caller ended the call", () => {
    const error = networkError("crm", withCode("ECONNRESET"), { signal: AbortSignal.abort() });
    expect(error.isPlatformFault).toBe(false);
    expect(networkError("crm", withCode("ECONNRESET"), { signal: new AbortController().signal }).isPlatformFault).toBe(true);
  });

  it("keeps a PlatformError", () => {
    const error = new PlatformError("rejected", "crm", "no");
    expect(networkError("crm", error)).toBe(error);
  });
});
