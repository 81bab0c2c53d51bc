import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type CommandLine, listeningPort, openCommandLine } from "../harness/commandLine.ts";

let cli: CommandLine;
beforeAll(async () => {
  cli = await openCommandLine();
});
afterAll(() => cli?.close());

describe("sidelight serve", () => {
  it("applies changed and rolled back configurations while it runs", {
    timeout: scaled(120_000),
  }, async () => {
    const file = join(cli.folder, "life.yaml");
    const env = { SIDELIGHT_CONFIG: file, SIDELIGHT_DATA: join(cli.folder, "life-data") };
    const write = (tenant: object) => writeFileSync(file, stringify({ version: 1, tenants: { acme: tenant } }));
    write({ connections: [], routing: { transforms: { mine: '{ "a": 1 }' } } });
    const { out: keys } = await cli.run(["keys", "create", "--tenant", "acme", "--role", "admin", "--json"], env);
    const server = cli.startServer({ ...env, SIDELIGHT_LOG: "silent" });
    try {
      const port = await listeningPort(server);
      const headers = { authorization: `Bearer ${JSON.parse(keys).admin}` };
      const activeVersion = async () =>
        ConfigStatus.parse(await (await fetch(`http://127.0.0.1:${port}/v1/config`, { headers })).json()).version;
      const reloadTo = (version: string) => {
        server.child.kill("SIGHUP");
        return until(`version ${version}`, async () => (await activeVersion()) === version);
      };
      const first = await activeVersion();
      write({ connections: [], csatDays: 30, routing: { transforms: { mine: '{ "a": 2 }' } } });
      const difference = await cli.run(["config", "diff", first], env);
      const [, second] = /^acme {2}\S+ → (\S+)$/m.exec(difference.out)!;
      expect(difference).toEqual({
        code: 0,
        out: `acme  ${first} → ${second}\n  csatDays: 90 → 30\n  routing.transforms.mine: "{ \\"a\\": 1 }" → "{ \\"a\\": 2 }"\n`,
        err: "",
      });
      await reloadTo(second!);
      expect((await cli.run(["config", "diff"], env)).out).toBe(`acme  ${second}  no change\n`);

      const rollback = await cli.run(["config", "rollback", first], env);
      expect(rollback.out).toBe(`acme is rolled back to ${first} until the files change from ${second}.\n`);
      await reloadTo(first);
      expect((await cli.run(["config", "versions"], env)).out).toMatch(
        new RegExp(`^acme {2}${first} {2}\\S+Z {2}rollback {2}rolled back to\nacme {2}${second} {2}\\S+Z {2}reload\n$`),
      );
      expect((await cli.run(["config", "diff", second!], env)).out).toBe(`acme  ${second}  no change\n`);
      expect((await cli.run(["config", "rollback", second!], env)).out).toContain("the version of the files");
      await reloadTo(second!);
      expect((await cli.run(["config", "rollback", "v00000000"], env)).err).toMatch(/^The version v00000000 was never active/);
      expect(server.child.exitCode).toBeNull();
    } finally {
      await server.stop();
    }
  });

  it("exits when its configuration is wrong or its store is in use, and frees its port", async () => {
    const server = cli.startServer({ SIDELIGHT_DATA: join(cli.folder, "taken") });
    await listeningPort(server);
    try {
      const second = await cli.run(["serve"], { PORT: "0", SIDELIGHT_DATA: join(cli.folder, "taken") });
      expect(second).toMatchObject({ code: 1, out: "" });
      expect(second.err).not.toBe("");
      writeFileSync(join(cli.folder, "wrong.yaml"), "version: 2\n");
      const wrong = await cli.run(["serve"], { PORT: "0", SIDELIGHT_CONFIG: join(cli.folder, "wrong.yaml") });
      expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("wrong.yaml:1") });
    } finally {
      await server.stop();
    }
  });

  it("closes the connection of a request that never ends, and keeps serving the others", async () => {
    const config = join(cli.folder, "slow.yaml");
    writeFileSync(config, stringify({ version: 1, http: { bodySeconds: 1 }, tenants: { acme: { connections: [] } } }));
    const server = cli.startServer({
      SIDELIGHT_DATA: join(cli.folder, "slow-data"),
      SIDELIGHT_CONFIG: config,
      SIDELIGHT_LOG: "silent",
    });
    try {
      const port = await listeningPort(server);
      const slow = connect(port, "127.0.0.1");
      slow.write(
        'POST /v1/contexts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"refs":[',
      );
      const unfinishedRequest = connect(port, "127.0.0.1");
      unfinishedRequest.write("GET /healthz HTTP/1.1\r\nhost: x\r\n");
      const replies = Promise.all([slow, unfinishedRequest].map(replyOf));
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
      const [replyToBody, replyToHeaders] = await replies;
      // A request without a key is refused before its body has arrived.
      expect(replyToBody).toMatch(/^HTTP\/1\.1 (401|408) /);
      expect(replyToHeaders).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"request_timeout"/s);
    } finally {
      await server.stop();
    }
  });
});

/** All that arrives until the connection ends. */
function replyOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let reply = "";
    socket.on("data", (chunk: Buffer) => {
      reply += chunk;
    });
    socket.once("close", () => resolve(reply));
  });
}
