import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";

export const secret = `whsec_${Buffer.from("a secret of thirty-two bytes, yes").toString("base64")}`;

export interface Child {
  firstLine: string;
  pid: number;
  stop(): Promise<void>;
}

export interface Bench {
  folder: string;
  sink: string;
  start(script: string, ...args: string[]): Promise<Child>;
}

/** A folder, a target and a process starter. All are removed afterwards. */
export async function withSink(measure: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sidelight-deliver-"));
  const children: ChildProcess[] = [];
  const start = async (script: string, ...args: string[]): Promise<Child> => {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const firstLine = await new Promise<string>((resolve) =>
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
    const stop = async (): Promise<void> => {
      child.kill("SIGTERM");
      await once(child, "exit");
    };
    return { firstLine, pid: child.pid!, stop };
  };
  try {
    await measure({ folder, sink: `http://127.0.0.1:${(await start("sink.ts")).firstLine}`, start });
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Configuration of our process: generic events into Mixpanel, or to endpoints of the target by name. */
export function configure(folder: string, sink: string, endpoints: string[] = []): void {
  const generic = {
    id: "own",
    platform: "generic",
    webhooks: [{ kind: "events", token: "token", secret: "secret", requestsPerMinute: 10_000_000 }],
  };
  const mixpanel = {
    id: "mixpanel",
    platform: "mixpanel",
    settings: {
      projectId: 1,
      ...{ queryUrl: sink, exportUrl: sink, ingestUrl: sink },
      auth: { username: "u", secret: "password" },
      token: "project",
    },
  };
  const sinks = endpoints.map((name, i) => ({
    id: `sink-${i}`,
    platform: "generic",
    settings: {
      url: `${sink}/post/${name}`,
      secret: "secret",
      requestsPerMinute: 1_000_000,
      allowInsecure: true,
      allowPrivate: true,
    },
  }));
  const posts = sinks.map(({ id }) => ({
    id: `own-to-${id}`,
    on: "generic.event.*",
    to: id,
    do: "post",
    with: '{ "type": "order.paid", "data": event.data.data }',
  }));
  const route = {
    id: "own-to-mixpanel",
    on: "generic.event.*",
    to: "mixpanel",
    do: "track",
    with: '{ "distinctId": event.data.data.user, "event": event.data.type, "properties": { "n": event.data.data.n, "amount": event.data.data.amount } }',
  };
  const config = {
    version: 1,
    http: { requestsPerMinute: 10_000_000 },
    secrets: { provider: "file", path: "secrets.json" },
    tenants: {
      bench: {
        connections: endpoints.length > 0 ? [generic, ...sinks] : [generic, mixpanel],
        routing: { routes: endpoints.length > 0 ? posts : [route] },
      },
    },
  };
  writeFileSync(join(folder, "sidelight.yaml"), stringify(config));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify({ token: "the-token", secret, password: "p", project: "t" }));
}
