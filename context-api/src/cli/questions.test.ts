import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { Question } from "@sidelight/platform-kit/platform.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askQuestions } from "./questions.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidelight-answers-"));
  await writeFile(join(folder, "server.key"), "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n");
});
afterAll(() => rm(folder, { recursive: true }));

const usesSecret = { setting: "auth.flow", is: "client-credentials" };
const usesKey = { setting: "auth.flow", is: "jwt" };
const questions: Question[] = [
  { setting: "url", prompt: "Address", example: "https://mycompany.example" },
  { setting: "auth.flow", prompt: "Sign-in", example: "", choices: ["client-credentials", "jwt"] },
  { setting: "auth.clientId", prompt: "Client id", example: "" },
  { setting: "auth.clientSecret", prompt: "Secret", example: "", isSecret: true, onlyIf: usesSecret },
  { setting: "auth.username", prompt: "Username", example: "", onlyIf: usesKey },
  { setting: "auth.privateKey", prompt: "Key file", example: "server.key", isSecret: true, isInFile: true, onlyIf: usesKey },
];

const secretName = "acme.salesforce";
const checkSetting = (settings: Record<string, unknown>, setting: string): string | null =>
  setting === "url" && !String(settings["url"]).startsWith("https://") ? "url: Invalid URL" : null;

/** Feeds the answers as lines of a pipe. */
async function askByPipe(lines: string[], presets: Record<string, unknown> = {}, current: Record<string, unknown> | null = null) {
  const input = new PassThrough();
  const output = new PassThrough();
  input.end(lines.map((line) => `${line}\n`).join(""));
  return await askQuestions(questions, {
    presets: new Map(Object.entries(presets)),
    current,
    secretName,
    terminal: { input, output },
    checkSetting,
  });
}

/** Types at a terminal: each entry is typed once the screen shows its text. */
async function askByTerminal(
  steps: [shows: string, keys: string][],
  presets: Record<string, unknown> = {},
  current: Record<string, unknown> | null = null,
) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  // A prompt ends the output it was given, as no terminal can be ended.
  const output = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 120,
    end(this: PassThrough) {
      return this;
    },
  });
  const pending = [...steps];
  let screen = "";
  let since = 0;
  output.on("data", (chunk: Buffer) => {
    screen += stripVTControlCharacters(String(chunk));
    const [shows, keys] = pending[0] ?? [];
    if (!shows || !screen.slice(since).includes(shows)) return;
    pending.shift();
    since = screen.length;
    setImmediate(() => input.write(keys));
  });
  const answers = await askQuestions(questions, {
    presets: new Map(Object.entries(presets)),
    current,
    secretName,
    terminal: { input, output },
    checkSetting,
  });
  return { ...answers, screen };
}

const enter = "\r";
const arrowDown = "\u001b[B";
const url = "https://acme.my.salesforce.com";

describe("the questions of a platform at a terminal", () => {
  it("asks for a secret when that sign-in is chosen, and does not echo it", async () => {
    const { settings, secret, screen } = await askByTerminal([
      ["Address", `${url}${enter}`],
      ["Sign-in", enter],
      ["Client id", `3MVG9x${enter}`],
      ["Secret", `s3cret${enter}`],
    ]);
    expect(settings).toEqual({ url, auth: { flow: "client-credentials", clientId: "3MVG9x", clientSecret: secretName } });
    expect(secret).toBe("s3cret");
    expect(screen).not.toMatch(/Username|Key file|s3cret/);
  });

  it("asks for a key file when that sign-in is chosen, and does not show its content", async () => {
    const { settings, secret, screen } = await askByTerminal([
      ["Address", `${url}${enter}`],
      ["Sign-in", `${arrowDown}${enter}`],
      ["Client id", `3MVG9x${enter}`],
      ["Username", `sidelight@acme.com${enter}`],
      ["Key file", `${join(folder, "server.key")}${enter}`],
    ]);
    expect(settings).toEqual({
      url,
      auth: { flow: "jwt", clientId: "3MVG9x", username: "sidelight@acme.com", privateKey: secretName },
    });
    expect(secret).toContain("s3cret");
    expect(screen).not.toContain("s3cret");
  });

  it("checks each answer at once and asks again", async () => {
    const clear = "\u0015";
    const { settings, screen } = await askByTerminal(
      [
        ["Address", `acme${enter}`],
        ["url: Invalid URL", `${clear}${url}${enter}`],
        ["Client id", enter],
        ["Client id is missing.", `3MVG9x${enter}`],
        ["Username", `u${enter}`],
        ["Key file", `nowhere.key${enter}`],
        ["nowhere.key cannot be read", `${clear}${join(folder, "server.key")}${enter}`],
      ],
      { "auth.flow": "jwt" },
    );
    expect(settings).toMatchObject({ url, auth: { clientId: "3MVG9x", privateKey: secretName } });
    expect(screen).not.toContain("Sign-in");
  });
});

describe("the questions of a platform without a terminal", () => {
  it("reads the answers as lines and takes the first choice", async () => {
    const { settings, secret } = await askByPipe(["s3cret"], { url, "auth.clientId": "3MVG9x" });
    expect(settings).toMatchObject({ auth: { flow: "client-credentials" } });
    expect(secret).toBe("s3cret");
    expect((await askByPipe([url, "3MVG9x", "s3cret"])).secret).toBe("s3cret");
  });

  it("never takes a secret from an argument, but takes its file and any other setting", async () => {
    const presets = { url, "auth.clientId": "3MVG9x", "auth.clientSecret": "from the arguments", pullEverySeconds: "60" };
    const { settings, secret } = await askByPipe(["s3cret"], presets);
    expect(secret).toBe("s3cret");
    expect(settings).toMatchObject({ auth: { clientSecret: secretName }, pullEverySeconds: "60" });
    expect(JSON.stringify(settings)).not.toContain("from the arguments");
    const withKeyFile = {
      "auth.flow": "jwt",
      url,
      "auth.clientId": "3MVG9x",
      "auth.username": "u",
      "auth.privateKey": join(folder, "server.key"),
    };
    expect((await askByPipe([], withKeyFile)).secret).toContain("s3cret");
  });

  it("refuses a missing answer, an unknown choice, an invalid setting and an unreadable file", async () => {
    await expect(askByPipe([url, ""])).rejects.toThrow("Client id is missing.");
    await expect(askByPipe([url], { "auth.flow": "password" })).rejects.toThrow(
      'Sign-in is "password". Use client-credentials or jwt.',
    );
    await expect(askByPipe(["acme"])).rejects.toThrow("url: Invalid URL");
    const presets = {
      url,
      "auth.flow": "jwt",
      "auth.clientId": "3MVG9x",
      "auth.username": "u",
      "auth.privateKey": "nowhere.key",
    };
    await expect(askByPipe([], presets)).rejects.toThrow("nowhere.key cannot be read");
  });
});

describe("the questions of a platform for a connection that exists", () => {
  const current = {
    url,
    auth: { clientId: "3MVG9x", clientSecret: "shared.salesforce" },
    pullEverySeconds: 60,
    mapping: { account: { arr: "Value__c" } },
  };

  it("reads only the secret from a pipe, and keeps its name and every other setting", async () => {
    expect(await askByPipe(["n3w"], {}, current)).toEqual({ settings: current, secretName: "shared.salesforce", secret: "n3w" });
  });

  it("keeps the secret when the pipe has none", async () => {
    expect(await askByPipe([], {}, current)).toEqual({ settings: current, secretName: "shared.salesforce", secret: null });
  });

  it("changes only the settings that are given", async () => {
    const { settings, secret } = await askByPipe([], { "auth.clientId": "3MVG9y", pullEverySeconds: 120 }, current);
    expect(settings).toEqual({ ...current, auth: { ...current.auth, clientId: "3MVG9y" }, pullEverySeconds: 120 });
    expect(secret).toBeNull();
  });

  it("offers each current value at a terminal", async () => {
    const { settings, secret } = await askByTerminal(
      [
        ["Address", enter],
        ["Sign-in", enter],
        ["Client id", enter],
        ["Secret", enter],
      ],
      {},
      current,
    );
    expect(settings).toEqual(current);
    expect(secret).toBeNull();
  });

  it("asks nothing at a terminal when settings are given", async () => {
    const { settings, screen } = await askByTerminal([], { pullEverySeconds: 120 }, current);
    expect(settings).toEqual({ ...current, pullEverySeconds: 120 });
    expect(screen).toBe("");
  });

  it("removes the settings of the sign-in that is no longer used", async () => {
    const presets = { "auth.flow": "jwt", "auth.username": "u", "auth.privateKey": join(folder, "server.key") };
    const { settings, secretName: name } = await askByPipe([], presets, current);
    expect(settings).toMatchObject({ auth: { flow: "jwt", clientId: "3MVG9x", username: "u", privateKey: secretName } });
    expect(settings["auth"]).not.toHaveProperty("clientSecret");
    expect(name).toBe(secretName);
  });
});
