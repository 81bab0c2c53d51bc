import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { openSqlite } from "@sidelight/context-api/store/sqlite.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterEach, describe, expect, it } from "vitest";
import {
  createServeFolder,
  type FolderOptions,
  type ServeFolder,
  type Serving,
  type StartOptions,
} from "../harness/serveProcess.ts";

let folder: ServeFolder;
const servers: Serving[] = [];
afterEach(async () => {
  for (const { server } of servers.splice(0)) await server.stop("SIGKILL");
  folder.remove();
});

async function start(options: StartOptions & FolderOptions = {}): Promise<Serving> {
  folder = createServeFolder(options);
  return await startAgain(options);
}

async function startAgain(options: StartOptions = {}): Promise<Serving> {
  const serving = await folder.start(options);
  servers.push(serving);
  return serving;
}

/** Sends raw bytes, so that the test decides when and what of a request arrives. */
function rawRequest(url: string, text: string): { socket: Socket; reply(): string; closed: Promise<void> } {
  let reply = "";
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    reply += chunk;
  });
  const closing = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(text);
  return { socket, reply: () => reply, closed: closing };
}

const key = async (role = "admin"): Promise<string> => {
  const { out } = await folder.run(["keys", "create", "--tenant", "acme", "--role", role, "--json"]);
  return (JSON.parse(out) as Record<string, string>)[role]!;
};

describe("requests while serve starts", () => {
  it("are answered: 503 with Retry-After, and /healthz 200", async () => {
    folder = createServeFolder();
    mkdirSync(folder.data, { recursive: true });
    // Another process locks the data folder: serve listens and waits.
    const { raw: lock } = openSqlite(join(folder.data, "serve.lock"), "write");
    lock.exec("begin exclusive");
    const port = 20_000 + (process.pid % 20_000);
    const serving = startAgain({ env: { PORT: String(port) } });
    const url = `http://127.0.0.1:${port}`;
    await until("serve to answer", async () => (await fetch(`${url}/healthz`).catch(() => null))?.status === 200);
    for (const path of ["/readyz", "/v1/connections", "/v1/context/zendesk.ticket:1"]) {
      const response = await fetch(`${url}${path}`);
      expect([response.status, response.headers.get("content-type")], path).toEqual([503, "application/problem+json"]);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ code: "overloaded", errors: [{ pointer: "/starting" }] });
    }
    const webhook = await fetch(`${url}/v1/webhooks/acme/zendesk/the-token`, { method: "POST", body: "x".repeat(200_000) });
    expect([webhook.status, Number(webhook.headers.get("retry-after")) < 60]).toEqual([503, true]);
    lock.exec("rollback");
    lock.close();
    await serving;
    expect((await (await serving).webhook()).status).toBe(200);
  });
});

describe("serve after SIGTERM", () => {
  it("that arrives while modules load ends without an error, and opens no store", async () => {
    folder = createServeFolder();
    // The signal is sent as soon as there is a handler, long before the modules are there.
    const script = `
      let isSent = false;
      process.on("newListener", (name) => {
        if (name !== "SIGTERM" || isSent) return;
        isSent = true;
        process.nextTick(() => process.kill(process.pid, name));
      });`;
    const options = `--import=data:text/javascript,${encodeURIComponent(script)}`;
    const { code, out, err } = await folder.run(["serve"], { NODE_OPTIONS: options });
    expect([code, out, err.includes("stopped before the start")]).toEqual([0, "", true]);
    expect(existsSync(join(folder.data, "sidelight.sqlite"))).toBe(false);
  });

  it("answers what is in progress, reports that it stops, and refuses new connections after the grace", async () => {
    const serving = await start({ http: { stopGraceSeconds: 1 } });
    const admin = await key();
    const body = JSON.stringify({ refs: ["zendesk.ticket:1"] });
    const head = `POST /v1/contexts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${admin}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const slow = Array.from({ length: 40 }, () => rawRequest(serving.url, head));
    await until("the requests to arrive", async () => (await fetch(`${serving.url}/healthz`)).ok);
    serving.server.child.kill("SIGTERM");
    await until("readiness to be lowered", async () => {
      const response = await fetch(`${serving.url}/readyz`);
      return response.status === 503 && (await response.text()).includes("stopping");
    });
    const during = await fetch(`${serving.url}/healthz`);
    expect([during.status, during.headers.get("connection")]).toEqual([200, "close"]);
    expect((await serving.webhook("while-stopping")).status).toBe(200);
    for (const { socket } of slow) socket.write(body);
    await Promise.all(slow.map(({ closed }) => closed));
    for (const { reply } of slow) expect(reply()).toMatch(/^HTTP\/1\.1 200 /);
    expect(await serving.server.ended).toBe(0);
    expect(serving.log().at(-1)).toMatchObject({ msg: "stopped", reason: "SIGTERM", cut: 0 });
    await expect(fetch(`${serving.url}/healthz`)).rejects.toThrow();
  });

  it("ends event streams with the time after which their clients should connect again", async () => {
    const serving = await start();
    const response = await fetch(`${serving.url}/v1/context/zendesk.ticket:1/stream`, {
      headers: { authorization: `Bearer ${await key("agent")}` },
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value ?? "";
    serving.server.child.kill("SIGTERM");
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    expect(text).toMatch(/\nretry: \d+\n\n$/);
    expect(await serving.server.ended).toBe(0);
  });

  it("cuts what does not end within the limit, and ends at once after a second signal", async () => {
    const head = "POST /v1/contexts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n";
    const limitedProcess = await start({ http: { stopLimitSeconds: 0.1, bodySeconds: 100 } });
    const authorized = head.replace("host: x", `host: x\r\nauthorization: Bearer ${await key()}`);
    rawRequest(limitedProcess.url, authorized);
    await until("the request to arrive", async () => (await fetch(`${limitedProcess.url}/healthz`)).ok);
    limitedProcess.server.child.kill("SIGTERM");
    expect(await limitedProcess.server.ended).toBe(0);
    folder.remove();

    const patient = await start({ http: { stopGraceSeconds: 100 } });
    patient.server.child.kill("SIGTERM");
    await until("the first signal", () => patient.log().some((line) => line["msg"] === "stopping"));
    await until("the second signal to end it", () => {
      patient.server.child.kill("SIGTERM");
      return patient.server.child.exitCode !== null;
    });
    expect(patient.server.child.exitCode).toBe(143);
  });

  it("leaves all writes in the main file: a copy of it alone is complete", async () => {
    const serving = await start();
    for (let i = 0; i < 30; i++) expect((await serving.webhook(`event-${i}`)).status).toBe(200);
    serving.server.child.kill("SIGTERM");
    expect(await serving.server.ended).toBe(0);
    const store = join(folder.data, "sidelight.sqlite");
    expect(existsSync(`${store}-wal`) ? statSync(`${store}-wal`).size : 0).toBe(0);
    const copy = join(folder.folder, "copy.sqlite");
    copyFileSync(store, copy);
    const { raw, close } = openSqlite(copy, "read");
    expect(raw.prepare("select count(*) from deduplication_keys").pluck().get()).toBeGreaterThanOrEqual(30);
    await close();
  });

  it("writes a line at the start, for each tenant's pulls, and at the end", async () => {
    const serving = await start();
    serving.server.child.kill("SIGTERM");
    await serving.server.ended;
    const { port } = new URL(serving.url);
    expect(serving.log()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ msg: "started", port: Number(port), store: "sidelight.sqlite", tenants: ["acme"] }),
        expect.objectContaining({ msg: "stopping", reason: "SIGTERM" }),
        expect.objectContaining({ msg: "stopped", drained: 0, cut: 0 }),
      ]),
    );
    expect(JSON.stringify(serving.log())).not.toContain(folder.data);
  });
});

describe("the access log", () => {
  it("is written on request: routes instead of paths, and nothing of the query", async () => {
    const serving = await start({ http: { accessLog: true } });
    const headers = { authorization: `Bearer ${await key()}` };
    await fetch(`${serving.url}/v1/context/email:ada%40acme.example?sections=account`, { headers });
    await fetch(`${serving.url}/v1/events?source=zendesk`);
    await serving.webhook();
    await serving.server.stop();
    const lines = serving.log().filter((line) => line["msg"] === "request");
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          method: "GET",
          route: "/v1/context/:ref",
          status: 200,
          tenant: "acme",
          requestId: expect.any(String),
        }),
        expect.objectContaining({ method: "POST", status: 200 }),
      ]),
    );
    expect(lines.some((line) => line["status"] === 401)).toBe(true);
    // Ids are random and can spell a short word.
    const withoutIds = lines.map(({ requestId: _request, keyId: _key, ...line }) => line);
    expect(JSON.stringify(withoutIds)).not.toMatch(/ada|acme\.example|%40|the-token|sections|source=/);
  });
});

describe("files of serve", () => {
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

  it.skipIf(process.platform === "win32")(
    "are for their owner only, whatever the umask, also those of earlier releases",
    async () => {
      folder = createServeFolder();
      const permissive = { shell: "umask 000" };
      const serving = await startAgain(permissive);
      await serving.webhook();
      const modes = () => Object.fromEntries(readdirSync(folder.data).map((name) => [name, modeOf(join(folder.data, name))]));
      const names = ["master.key", "serve.lock", "sidelight.sqlite", "sidelight.sqlite-wal", "sidelight.sqlite-shm"];
      expect(Object.keys(modes())).toEqual(expect.arrayContaining(names));
      expect(new Set(Object.values(modes()))).toEqual(new Set(["600"]));
      expect(modeOf(folder.data)).toBe("700");
      await serving.server.stop("SIGKILL");
      for (const name of readdirSync(folder.data)) chmodSync(join(folder.data, name), 0o644);
      chmodSync(folder.data, 0o755);
      const secondStart = await startAgain(permissive);
      await secondStart.webhook();
      expect(new Set(Object.values(modes()))).toEqual(new Set(["600"]));
      expect(modeOf(folder.data)).toBe("700");
      const backup = join(folder.folder, "backup");
      expect((await folder.run(["backup", backup])).code).toBe(0);
      expect(modeOf(backup)).toBe("600");
    },
  );

  it("a backup leaves only its file, also after an attempt that was killed or that failed", async () => {
    const serving = await start();
    await serving.webhook();
    const target = join(folder.folder, "backups");
    mkdirSync(target);
    for (const suffix of ["", "-wal", "-journal"]) writeFileSync(join(target, `b.partial${suffix}`), "killed");
    expect((await folder.run(["backup", join(target, "b")])).code).toBe(0);
    expect(readdirSync(target)).toEqual(["b"]);
    await serving.server.stop();
    truncateSync(join(folder.data, "sidelight.sqlite"), 9_000);
    const failedBackup = await folder.run(["backup", join(target, "c")]);
    expect(failedBackup).toMatchObject({ code: 1 });
    expect(readdirSync(target)).toEqual(["b"]);
  });
});

describe("a store that cannot be opened ends every command in one line", () => {
  const commands = [
    ["serve"],
    ["keys", "create", "--tenant", "acme", "--role", "rep"],
    ["keys", "rotate", "--tenant", "acme"],
    ["config", "versions"],
    ["replay", "--rebuild"],
    ["backup", "copy"],
  ];

  it.each<[string, (data: string) => void, RegExp]>([
    ["the master key is missing", (data) => rmSync(join(data, "master.key")), /master\.key is missing\. Put the key/],
    [
      "the master key is another one",
      (data) => writeFileSync(join(data, "master.key"), `${Buffer.alloc(32, 7).toString("base64")}\n`),
      /master key is not the one|another master key/,
    ],
    ["the master key is no key", (data) => writeFileSync(join(data, "master.key"), "short\n"), /must contain 32 bytes/],
    [
      "the store is garbage",
      (data) => writeFileSync(join(data, "sidelight.sqlite"), "garbage ".repeat(4_000)),
      /is damaged|not a store/,
    ],
    ["the store is empty", (data) => truncateSync(join(data, "sidelight.sqlite"), 0), /is damaged|not a store/],
    [
      "the store was cut",
      (data) => truncateSync(join(data, "sidelight.sqlite"), statSync(join(data, "sidelight.sqlite")).size - 4_096),
      /is damaged/,
    ],
    [
      "the store is of a newer release",
      (data) =>
        openSqlite(join(data, "sidelight.sqlite"), "rewrite")
          .raw.exec("insert into kysely_migration values ('m999-x', '')")
          .close(),
      /newer Sidelight/,
    ],
  ])("%s", async (_, spoil, message) => {
    folder = createServeFolder();
    expect((await folder.run(["keys", "create", "--tenant", "acme", "--role", "admin"])).code).toBe(0);
    spoil(folder.data);
    const keyText = existsSync(join(folder.data, "master.key"));
    for (const args of commands) {
      const { code, err, out } = await folder.run(args);
      expect([code, out], args.join(" ")).toEqual([1, ""]);
      const text = err
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("{"));
      expect(text, args.join(" ")).toHaveLength(1);
      expect(text[0], args.join(" ")).toMatch(message);
      expect(err).not.toMatch(/\n {4}at /);
    }
    // Nothing took the place of what is missing.
    expect(existsSync(join(folder.data, "master.key"))).toBe(keyText);
  });

  it("a restore that was interrupted is not taken for a new store", async () => {
    folder = createServeFolder();
    expect((await folder.run(["keys", "create", "--tenant", "acme", "--role", "admin"])).code).toBe(0);
    const store = join(folder.data, "sidelight.sqlite");
    renameSync(store, `${store}.restoring`);
    expect(await folder.run(["keys", "list", "--tenant", "acme"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("A restore was interrupted"),
    });
  });
});

describe("the address that serve listens on", () => {
  it("is the one of --host or SIDELIGHT_HOST", async () => {
    const serving = await start({ env: { SIDELIGHT_HOST: "127.0.0.2" } });
    expect(serving.url).toMatch(/^http:\/\/127\.0\.0\.2:/);
    const port = new URL(serving.url).port;
    expect((await fetch(`http://127.0.0.2:${port}/healthz`)).status).toBe(200);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
    expect(await folder.run(["serve", "--host", "203.0.113.7"], { SIDELIGHT_DATA: join(folder.folder, "b") })).toMatchObject({
      code: 1,
      err: "This machine has no address 203.0.113.7. Set --host or SIDELIGHT_HOST to one of its addresses.\n",
    });
  });
});

describe("a request that can be read in two ways", () => {
  it.each([
    ["two Host headers", "GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"],
    ["two equal Host headers", "GET /healthz HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n"],
    ["no Host header", "GET /healthz HTTP/1.1\r\n\r\n"],
  ])("is refused with 400: %s", async (_, text) => {
    const serving = await start();
    const { reply, closed } = rawRequest(serving.url, text);
    await closed;
    expect(reply()).toMatch(/^HTTP\/1\.1 400 /);
    expect(reply()).toContain("invalid_request");
  });
});

describe("SIGUSR1", () => {
  it("opens no debugger", async () => {
    const serving = await start();
    serving.server.child.kill("SIGUSR1");
    expect((await serving.webhook()).status).toBe(200);
    await serving.server.stop();
    expect(serving.server.err()).not.toContain("Debugger");
  });
});

describe("an error that nothing handles", () => {
  it("ends the process with exit code 1, and the log has its cause without its message", async () => {
    const code = `import{isMainThread}from"node:worker_threads";import{existsSync}from"node:fs";
      if(isMainThread)setInterval(()=>{if(existsSync(process.env.FAIL_FILE))Promise.reject(new TypeError("ada@acme.example"))},20)`;
    folder = createServeFolder();
    const failFile = join(folder.folder, "fail");
    const serving = await startAgain({
      env: { FAIL_FILE: failFile, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` },
    });
    writeFileSync(failFile, "");
    expect(await serving.server.ended).toBe(1);
    expect(serving.log().at(-1)).toMatchObject({ level: 60, err: { name: "TypeError" } });
    expect(serving.server.err()).not.toContain("ada@acme.example");
  });
});
