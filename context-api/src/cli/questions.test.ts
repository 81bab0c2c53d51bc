import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Question } from "@sidelight/platform-kit/platform.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askFor } from "./questions.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidelight-answers-"));
  await writeFile(join(folder, "server.key"), "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n");
});
afterAll(() => rm(folder, { recursive: true }));

const bySecret = { setting: "auth.flow", is: "client-credentials" };
const byKey = { setting: "auth.flow", is: "jwt" };
const questions: Question[] = [
  { setting: "url", ask: "Address", example: "https://mycompany.example" },
  { setting: "auth.flow", ask: "Sign-in", example: "", choices: ["client-credentials", "jwt"] },
  { setting: "auth.clientId", ask: "Key", example: "" },
  { setting: "auth.clientSecret", ask: "Secret", example: "", isSecret: true, onlyIf: bySecret },
  { setting: "auth.username", ask: "Username", example: "", onlyIf: byKey },
  { setting: "auth.privateKey", ask: "Key file", example: "server.key", isSecret: true, isInFile: true, onlyIf: byKey },
];

/** Answers each question, once it is put, with the next of the lines. */
async function answering(
  lines: string[],
  { isTTY = true, given = {} }: { isTTY?: boolean; given?: Record<string, string> } = {},
) {
  let shown = "";
  const left = [...lines];
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = {
    write(text: string | Buffer) {
      shown += String(text);
      if (String(text).endsWith(": ")) setImmediate(() => input.write(`${left.shift() ?? ""}\n`));
    },
  };
  const answers = await askFor(questions, new Map(Object.entries(given)), "acme.salesforce", { input, output });
  return { ...answers, shown };
}

const url = "https://acme.my.salesforce.com";

describe("the questions of a platform", () => {
  it("follow from the sign-in that is chosen: by a secret", async () => {
    const { settings, secret, shown } = await answering([url, "client-credentials", "3MVG9x", "s3cret"]);
    expect(settings).toEqual({
      url,
      auth: { flow: "client-credentials", clientId: "3MVG9x", clientSecret: "acme.salesforce" },
    });
    expect(secret).toBe("s3cret");
    expect(shown).toContain("Sign-in (client-credentials or jwt): ");
    expect(shown).not.toMatch(/Username|Key file|s3cret/);
  });

  it("follow from the sign-in that is chosen: by a key in a file", async () => {
    const { settings, secret, shown } = await answering([url, "jwt", "3MVG9x", "sidelight@acme.com", join(folder, "server.key")]);
    expect(settings).toEqual({
      url,
      auth: { flow: "jwt", clientId: "3MVG9x", username: "sidelight@acme.com", privateKey: "acme.salesforce" },
    });
    expect(secret).toContain("s3cret");
    expect(shown).not.toMatch(/Secret:|s3cret/);
  });

  it("take the first choice for no answer, and where nobody sits at a terminal", async () => {
    expect((await answering([url, "", "3MVG9x", "s3cret"])).settings).toMatchObject({ auth: { flow: "client-credentials" } });
    const piped = await answering(["s3cret"], { isTTY: false, given: { url, "auth.clientId": "3MVG9x" } });
    expect(piped.settings).toMatchObject({ auth: { flow: "client-credentials" } });
    expect(piped.secret).toBe("s3cret");
  });

  it("never take a secret from an argument, but the file it is in, and any other setting", async () => {
    const given = { url, "auth.clientId": "3MVG9x", "auth.clientSecret": "from the arguments", pullEverySeconds: "60" };
    const { settings, secret } = await answering(["s3cret"], { isTTY: false, given });
    expect(secret).toBe("s3cret");
    expect(settings).toMatchObject({ auth: { clientSecret: "acme.salesforce" }, pullEverySeconds: "60" });
    expect(JSON.stringify(settings)).not.toContain("from the arguments");
    const inArguments = {
      "auth.flow": "jwt",
      url,
      "auth.clientId": "3MVG9x",
      "auth.username": "u",
      "auth.privateKey": join(folder, "server.key"),
    };
    expect((await answering([], { isTTY: false, given: inArguments })).secret).toContain("s3cret");
  });

  it("say what is missing, what there is to choose, and which file can't be read", async () => {
    await expect(answering([url, "jwt", ""])).rejects.toThrow("Key is needed");
    await expect(answering([url, "password"])).rejects.toThrow("Sign-in is one of client-credentials, jwt");
    await expect(answering([url, "jwt", "3MVG9x", "u", "nowhere.key"])).rejects.toThrow("nowhere.key can't be read");
  });
});
