import { PlatformError } from "./errors.ts";

/** A failure below HTTP: the sentence that names it, and what to do. Neither contains an address or a value. */
interface NetworkFault {
  code: "unavailable" | "timeout";
  message: string;
  nextAction: string;
}

/** Codes of Node, OpenSSL and undici, by what failed. The first pattern that matches names the fault. */
const faults: readonly (readonly [RegExp, (code: string) => NetworkFault])[] = [
  [
    /^(ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL|ETIMEOUT)$/,
    (code) => ({
      code: "unavailable",
      message: `The platform's host name cannot be resolved (${code}).`,
      nextAction: "Check the URL of the connection, and the DNS of this machine.",
    }),
  ],
  [
    /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|CRL_(HAS_EXPIRED|NOT_YET_VALID))$/,
    (code) => ({
      code: "unavailable",
      message: `The TLS certificate of the platform's host is not valid at this time (${code}).`,
      nextAction: "Check the clock of this machine. If it is right, the owner of the host has to renew the certificate.",
    }),
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_(INVALID|FORMAT)$|^HOSTNAME_MISMATCH$/,
    (code) => ({
      code: "unavailable",
      message: `The TLS certificate of the platform's host is for another name (${code}).`,
      nextAction: "Check the URL of the connection, and whether a proxy or a sign-in page of the network answers in its place.",
    }),
  ],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|UNSPECIFIED)$/,
    (code) => ({
      code: "unavailable",
      message: `The TLS certificate of the platform's host is not trusted (${code}).`,
      nextAction:
        "Check whether a proxy of your network answers in its place. NODE_EXTRA_CA_CERTS adds the certificate authority of such a proxy.",
    }),
  ],
  [
    /^(EPROTO|ERR_SSL_\w+|ERR_TLS_\w+)$/,
    (code) => ({
      code: "unavailable",
      message: `No TLS connection to the platform's host is possible (${code}).`,
      nextAction: "Check the scheme and the port in the URL of the connection, and the proxies of your network.",
    }),
  ],
  [
    /^ECONNREFUSED$/,
    (code) => ({
      code: "unavailable",
      message: `The platform's host refuses connections (${code}).`,
      nextAction: "Check the host and the port in the URL of the connection, and the firewall of your network.",
    }),
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|EACCES|EPERM)$/,
    (code) => ({
      code: "unavailable",
      message: `The platform's host cannot be reached from this machine (${code}).`,
      nextAction: "Check the network and the firewall of this machine.",
    }),
  ],
  [
    /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/,
    () => ({
      code: "timeout",
      message: "No connection to the platform's host was established in time (TCP or TLS).",
      nextAction: "Check the firewall and the proxies of your network, and the status page of the platform.",
    }),
  ],
  [
    /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|UND_ERR_(RES|REQ)_CONTENT_LENGTH_MISMATCH)$/,
    () => ({
      code: "unavailable",
      message: "The connection to the platform ended before its response was complete.",
      nextAction: "Check the status page of the platform, and the proxies of your network.",
    }),
  ],
  [
    /^(HPE_\w+|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RESPONSE)$/,
    (code) => ({
      code: "unavailable",
      message: `The platform's host does not answer in HTTP (${code}).`,
      nextAction: "Check the scheme and the port in the URL of the connection, and the proxies of your network.",
    }),
  ],
];

const late = (hasStarted: boolean): NetworkFault => ({
  code: "timeout",
  message: hasStarted ? "The platform's response was not complete in time." : "The platform did not respond in time.",
  nextAction: "Check the status page of the platform, and the network of this machine.",
});

const unknownFault: NetworkFault = {
  code: "unavailable",
  message: "The connection to the platform failed.",
  nextAction: "Check the network of this machine and the status page of the platform. The log has the reason.",
};

/**
 * The PlatformError of a call without a complete response. It names what failed: name resolution, TLS, the connection, or the time.
 * @param signal of the caller: a call that the caller ended says nothing about the platform
 * @param hasStarted the head of the response had arrived
 */
export function networkError(
  platform: string,
  error: unknown,
  { signal, hasStarted = false }: { signal?: AbortSignal; hasStarted?: boolean } = {},
): PlatformError {
  if (error instanceof PlatformError) return error;
  const { code, message, nextAction } = faultOf(error, hasStarted);
  return new PlatformError(code, platform, message, {
    cause: error,
    isPlatformFault: signal?.aborted !== true,
    nextAction,
  });
}

function faultOf(error: unknown, hasStarted: boolean): NetworkFault {
  for (const code of codesOf(error)) {
    const [, describe] = faults.find(([pattern]) => pattern.test(code)) ?? [];
    if (describe) return describe(code);
  }
  const name = error instanceof Error ? error.name : "";
  return name === "AbortError" || name.includes("Timeout") ? late(hasStarted) : unknownFault;
}

/** Codes of an error, its causes, and the attempts that it joins (one for each address of a host). */
function codesOf(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 4) return [];
  const code = "code" in error && typeof error.code === "string" ? [error.code] : [];
  const attempts = error instanceof AggregateError ? error.errors : [];
  return [...code, ...[...attempts, error.cause].flatMap((nested) => codesOf(nested, depth + 1))];
}
