import dns from "node:dns";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import tls from "node:tls";
import { generate } from "selfsigned";
import { listen } from "../lab/simulators/server.ts";

/** How the network between the product and a platform behaves. */
export type NetworkFault =
  | "none"
  | "name_unknown"
  | "refused"
  | "silent"
  | "reset"
  | "reset_in_body"
  | "expired"
  | "other_name"
  | "self_signed"
  | "no_tls"
  /** A gateway that answers 404 in JSON of its own. */
  | "unrouted"
  | { page: number };

/** A host in front of a simulator, with a name and a certificate, whose network can fail. */
export interface PlatformFront {
  /** https, by name. */
  url: string;
  fail(fault: NetworkFault): void;
  /** Connections that were attempted. */
  attempts(): number;
  close(): Promise<void>;
}

type Lookup = (name: string, options: dns.LookupOptions, callback: (error: Error | null, ...rest: unknown[]) => void) => void;

const day = 86_400_000;
type Certificate = Awaited<ReturnType<typeof generate>>;
type CertificateKind = "valid" | "expired" | "other_name" | "self_signed";

/** A certificate authority that this process trusts from now on. Two with one name would be confused. */
async function createAuthority(): Promise<Certificate> {
  const authority = await generate([{ name: "commonName", value: "Lab authority" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), authority.cert]);
  return authority;
}
let trustedAuthority: Promise<Certificate> | null = null;

/** Certificates for a host name, all but `self_signed` of the trusted authority. */
async function certificatesFor(host: string): Promise<Record<CertificateKind, Certificate>> {
  const now = Date.now();
  trustedAuthority ??= createAuthority();
  const authority = await trustedAuthority;
  const of = async (name: string, ends: number, isSigned = true): Promise<Certificate> =>
    await generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      notBeforeDate: new Date(now - 30 * day),
      notAfterDate: new Date(ends),
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
      ...(isSigned ? { ca: { key: authority.private, cert: authority.cert } } : {}),
    });
  return {
    valid: await of(host, now + day),
    expired: await of(host, now - day),
    other_name: await of("portal.lab.test", now + day),
    self_signed: await of(host, now + day, false),
  };
}

export async function openPlatformFront(host: string, target: string): Promise<PlatformFront> {
  const certificates = await certificatesFor(host);
  const contextOf = ({ private: key, cert }: Certificate) => ({ key, cert });
  let fault: NetworkFault = "none";
  let port = 0;
  const frontUrl = () => `https://${host}:${port}`;
  let attempts = 0;
  const sockets = new Set<Socket>();
  const respond = (req: IncomingMessage, res: ServerResponse) => void forward(req, res, { target, url: frontUrl(), fault });
  const secure: Server = createTlsServer(contextOf(certificates.valid), respond);
  const plain = createServer(respond);
  // One port: the fault decides what happens to a connection.
  const entry = createTcpServer((socket) => {
    attempts++;
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    if (fault === "reset") socket.resetAndDestroy();
    else if (fault === "no_tls") plain.emit("connection", socket);
    else if (fault !== "silent") secure.emit("connection", socket);
  });
  secure.on("tlsClientError", () => {});
  await listen(entry as unknown as Parameters<typeof listen>[0], 0);
  port = (entry.address() as AddressInfo).port;

  const { lookup } = dns;
  const systemLookup = lookup as unknown as Lookup;
  const fakeLookup: Lookup = (name, options, callback) => {
    if (name !== host) return systemLookup(name, options, callback);
    if (fault === "name_unknown")
      return callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }));
    const address = { address: "127.0.0.1", family: 4 };
    return options.all ? callback(null, [address]) : callback(null, address.address, address.family);
  };
  dns.lookup = fakeLookup as unknown as typeof dns.lookup;

  const disconnect = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: frontUrl(),
    fail(next) {
      if (fault === "refused" && next !== "refused") entry.listen(port, "127.0.0.1");
      fault = next;
      const kind = typeof next === "string" && next in certificates ? (next as CertificateKind) : "valid";
      secure.setSecureContext(contextOf(certificates[kind]));
      if (next === "refused") entry.close();
      disconnect();
    },
    attempts: () => attempts,
    async close() {
      dns.lookup = lookup;
      disconnect();
      await new Promise((resolve) => entry.close(resolve));
    },
  };
}

interface Route {
  target: string;
  url: string;
  fault: NetworkFault;
}

/** Forwards a request to the simulator, which expects its own host name, and names itself in its answers. */
function forward(req: IncomingMessage, res: ServerResponse, { target, url: frontUrl, fault }: Route): void {
  if (typeof fault === "object") {
    res.writeHead(fault.page, { "content-type": "text/html; charset=utf-8" });
    res.end("<!doctype html>\n<title>Sign in to the network</title>\n<p>Welcome.\n");
    return;
  }
  if (fault === "unrouted") {
    res.writeHead(404, { "content-type": "application/json" }).end('{"message":"no Route matched with those values"}');
    return;
  }
  const upstreamUrl = new URL(req.url ?? "/", target);
  const upstream = request(upstreamUrl, { method: req.method, headers: { ...req.headers, host: upstreamUrl.host } }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => void chunks.push(chunk));
    answer.on("end", () => {
      const body = Buffer.from(Buffer.concat(chunks).toString().replaceAll(target, frontUrl));
      const { "transfer-encoding": _, ...headers } = answer.headers;
      res.writeHead(answer.statusCode ?? 502, { ...headers, "content-length": body.length });
      if (fault !== "reset_in_body") return void res.end(body);
      res.write(body.subarray(0, Math.floor(body.length / 2)), () => res.socket?.destroy());
    });
  });
  upstream.on("error", () => res.destroy());
  req.pipe(upstream);
}
