import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { differenceText, editConnection, editTenant, replaceFile } from "./edit.ts";

const file = `# Our configuration. Ask the platform team before you change it.
version: 1
secrets: {provider: file, path: secrets.json}

tenants:
    mycompany:
        timeZone:   "Europe/Berlin" # head office
        connections:
        - id: zendesk # support
          platform: zendesk
          webhooks:
          - {kind: events, token: mycompany.zendesk.token, secret: mycompany.zendesk.signing}
          settings:
            url: https://mycompany.zendesk.com # production
            auth: {clientId: sidelight, clientSecret: zd.secret}
            mapping: {optOut: no_tracking}
        - id: billing
          platform: generic
`;

const settingsOf = (text: string, id = "zendesk") =>
  parse(text).tenants.mycompany.connections.find((connection: { id: string }) => connection.id === id);

const dashFirst = (text: string, variant: string | null): string =>
  variant === null ? text : text.replace("- id: zendesk # support\n          platform: zendesk", variant);

describe("editing a connection", () => {
  it("changes the value that was asked for and no other line", () => {
    const editedText = editConnection(file, "mycompany", "zendesk", [
      { path: ["settings", "url"], value: "https://new.zendesk.com" },
    ]);
    expect(editedText).toBe(file.replace("https://mycompany.zendesk.com", "https://new.zendesk.com"));
  });

  it("adds a setting and keeps mapping, webhooks, comments and layout", () => {
    const editedText = editConnection(file, "mycompany", "zendesk", [{ path: ["settings", "requestsPerMinute"], value: 700 }]);
    const newLines = editedText.split("\n").filter((line) => !file.split("\n").includes(line));
    expect(newLines).toEqual(["            requestsPerMinute: 700"]);
    expect(editedText.split("\n").filter((line) => line !== newLines[0])).toEqual(file.split("\n"));
  });

  it("adds a connection and leaves the others as they were", () => {
    const editedText = editConnection(file, "mycompany", "mixpanel", [
      { path: ["platform"], value: "mixpanel" },
      { path: ["settings", "projectId"], value: "12" },
    ]);
    expect(settingsOf(editedText, "mixpanel")).toEqual({ id: "mixpanel", platform: "mixpanel", settings: { projectId: "12" } });
    for (const line of file.trim().split("\n")) expect(editedText.split("\n")).toContain(line);
  });

  it("creates tenant and list where the file has none", () => {
    for (const text of ["", "version: 1\ntenants: {}\n", "# Ours.\nversion: 1\ntenants:\n  mycompany: { connections: [] }\n"]) {
      const editedText = editConnection(text, "mycompany", "zendesk", [{ path: ["platform"], value: "zendesk" }]);
      expect(parse(editedText)).toMatchObject({
        version: 1,
        tenants: { mycompany: { connections: [{ id: "zendesk", platform: "zendesk" }] } },
      });
      expect(editedText.startsWith("# Ours.")).toBe(text.startsWith("# Ours."));
    }
  });

  it("removes a value", () => {
    const editedText = editConnection(file, "mycompany", "zendesk", [
      { path: ["settings", "mapping", "optOut"], value: undefined },
    ]);
    expect(settingsOf(editedText).settings).toEqual({ ...settingsOf(file).settings, mapping: {} });
  });

  it("keeps the line ends of Windows", () => {
    const windows = file.replaceAll("\n", "\r\n");
    const editedText = editConnection(windows, "mycompany", "zendesk", [
      { path: ["settings", "url"], value: "https://b.zendesk.com" },
    ]);
    expect(editedText).toBe(windows.replace("https://mycompany.zendesk.com", "https://b.zendesk.com"));
  });

  it("refuses to edit through an alias, and a value that others refer to", () => {
    const textWithAlias = `${file.replace("auth: {clientId", "auth: &auth {clientId")}          settings: { auth: *auth }\n`;
    const change = [{ path: ["settings", "auth", "clientId"], value: "other" }];
    expect(() => editConnection(textWithAlias, "mycompany", "billing", change)).toThrow("settings.auth is a YAML alias");
    expect(() => editConnection(textWithAlias, "mycompany", "zendesk", change)).toThrow(
      "the change would also reach tenants.mycompany.connections.billing.settings.auth.clientId",
    );
  });

  const url = [{ path: ["settings", "url"], value: "https://new.zendesk.com" }];
  const zendesk = "{ id: zendesk, platform: zendesk, settings: { url: https://old.zendesk.com } }";
  const inTenant = (text: string) => `version: 1\ntenants:\n  mycompany:\n${text}`;

  it.each([
    ["in flow style", `{version: 1, tenants: {mycompany: {connections: [${zendesk}]}}}\n`],
    ["in JSON", `${JSON.stringify(parse(file), null, 2)}\n`],
    ["with tabs before comments", inTenant(`    connections:\t# ours\n      - ${zendesk}\t# support   \n`)],
    [
      "with values in unusual forms",
      inTenant(`    csatDays: 0x1F\n    freeMailDomains: [no, 007,   "~"]\n    connections: [${zendesk}]`),
    ],
    [
      "with blocks of text",
      inTenant(
        `    routing:\n      transforms:\n        t: >-\n            {\n              "a":  1 }\n\n    connections:\n    - ${zendesk}\n`,
      ),
    ],
    [
      "with document markers and a byte order mark",
      `\uFEFF%YAML 1.2\n---\n${inTenant(`    connections:\n    -   ${zendesk}\n`)}...\n`,
    ],
    [
      "with quoted keys",
      inTenant(`    "connections":\n      - 'id': "zendesk"\n        "settings": {'url': 'https://old.zendesk.com'}\n`),
    ],
  ])("changes one value of a file %s", (_, text) => {
    const editedText = editConnection(text, "mycompany", "zendesk", url);
    expect(editedText).toBe(text.replace(/https:\/\/\w+\.zendesk\.com/, "https://new.zendesk.com"));
  });

  it.each([
    [
      "comments at the end",
      inTenant(`    connections:\n      - ${zendesk}\n        # of zendesk\n    # of mycompany\n# the end\n`),
    ],
    ["a list that has only a comment", inTenant("    connections:\n    # none yet\n    timeZone: UTC\n")],
    ["a tenant without content", inTenant("")],
    ["only comments", "# Ours.\n\n# More of it.\n"],
    ["no line end at its end", inTenant(`    connections:\n      - ${zendesk}`)],
    ["a list in flow style", inTenant(`    connections: [${zendesk}]  # all\n    timeZone: UTC\n`)],
    ["JSON", `${JSON.stringify(parse(file), null, 2)}\n`],
  ])("adds a connection to a file with %s, and keeps every line", (_, text) => {
    const editedText = editConnection(text, "mycompany", "billing-2", [
      { path: ["settings", "url"], value: "https://b.example.com" },
    ]);
    expect(settingsOf(editedText, "billing-2")).toEqual({ id: "billing-2", settings: { url: "https://b.example.com" } });
    const words = (content: string) => content.split(/[\s,[\]]+/).filter((word) => word !== "");
    const addedWords = words(editedText);
    for (const word of words(text)) expect(addedWords).toContain(word);
    for (const comment of text.match(/ *# .*/g) ?? []) expect(editedText).toContain(comment);
  });

  it.each([
    [
      "blocks",
      "          webhooks:\n          - kind: events\n            token: a # first\n",
      "          - kind: events\n            token: b\n",
    ],
    ["flow style", "          webhooks: [{kind: events, token: a}] # first\n", null],
  ])("adds an item to a list in %s", (_, list, addedLines) => {
    const text = file.replace(/ {10}webhooks:\n.*\n/, list);
    const editedText = editConnection(text, "mycompany", "zendesk", [
      { path: ["webhooks", "1"], value: { kind: "events", token: "b" } },
    ]);
    expect(settingsOf(editedText).webhooks).toEqual([
      { kind: "events", token: "a" },
      { kind: "events", token: "b" },
    ]);
    if (addedLines !== null) expect(editedText).toBe(text.replace(list, list + addedLines));
    expect(editedText.split("\n").filter((line) => !text.split("\n").includes(line)).length).toBeLessThanOrEqual(2);
  });

  it("fills settings that have no value, and refuses to replace what is no list", () => {
    const editedText = editConnection(
      inTenant("    connections:\n      - id: zendesk\n        settings: # none\n"),
      "mycompany",
      "zendesk",
      url,
    );
    expect(editedText).toBe(
      inTenant("    connections:\n      - id: zendesk\n        settings: # none\n          url: https://new.zendesk.com\n"),
    );
    expect(() => editConnection(inTenant("    connections: { zendesk: 1 }\n"), "mycompany", "zendesk", url)).toThrow(
      "not a list",
    );
    expect(() => editConnection("version: 1\ntenants: mycompany\n", "mycompany", "zendesk", url)).toThrow("not a map");
  });

  it.each<[string, string, string[], string | null, string | null]>([
    ["a line with a comment", "            url: https://mycompany.zendesk.com # production\n", ["settings", "url"], "", null],
    ["the first member of braces", "clientId: sidelight, ", ["settings", "auth", "clientId"], "", null],
    ["the last member of braces", ", clientSecret: zd.secret", ["settings", "auth", "clientSecret"], "", null],
    ["the only member of braces", "optOut: no_tracking", ["settings", "mapping", "optOut"], "", null],
    [
      "what is behind the dash",
      "platform: zendesk\n          ",
      ["platform"],
      "",
      "- platform: zendesk\n          id: zendesk # support",
    ],
    [
      "a block with its comments",
      "            deep:\n              a: 1\n              # of a\n",
      ["settings", "deep"],
      "",
      "deep",
    ],
    ["the only line of a block", "\n              a: 1", ["settings", "deep", "a"], " {}", "deep"],
    [
      "a value on several lines",
      "            text: >-\n              one\n              two\n",
      ["settings", "text"],
      "",
      "text",
    ],
  ])("removes %s and changes no other character", (_, part, path, remainder, variant) => {
    const blocks: Record<string, string> = {
      deep: "            deep:\n              a: 1\n              # of a\n",
      text: "            text: >-\n              one\n              two\n",
    };
    const block = blocks[variant ?? ""];
    const text = block ? file.replace("            auth:", `${block}            auth:`) : dashFirst(file, variant);
    for (const lineEnd of ["\n", "\r\n"]) {
      const source = text.replaceAll("\n", lineEnd);
      const edited = editConnection(source, "mycompany", "zendesk", [{ path, value: undefined }]);
      expect(edited).toBe(text.replace(part, remainder ?? "").replaceAll("\n", lineEnd));
    }
  });

  it("replaces the items of a list and keeps the lines around it", () => {
    const text = file.replace(
      "          webhooks:",
      "          tags:\n          - a\n          - b # two\n\n          webhooks:",
    );
    const edited = editConnection(text, "mycompany", "zendesk", [{ path: ["tags"], value: ["c", "d", "e"] }]);
    expect(edited).toBe(text.replace("- a\n          - b", "- c\n          - d\n          - e"));
  });

  it("shows the difference without the rest of the file", () => {
    const editedText = file.replace("https://mycompany.zendesk.com", "https://new.zendesk.com");
    const text = differenceText("sidelight.yaml", file, editedText);
    expect(text).toContain(
      "-            url: https://mycompany.zendesk.com # production\n+            url: https://new.zendesk.com # production",
    );
    expect(text).not.toContain("Our configuration");
    expect(differenceText("sidelight.yaml", file, file)).toBe("");
  });
});

describe("replacing a file", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sidelight-edit-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("keeps its mode, and a link to it", async () => {
    const target = join(folder, "real.yaml");
    const link = join(folder, "link.yaml");
    writeFileSync(target, "a");
    chmodSync(target, 0o640);
    symlinkSync(target, link);
    await replaceFile(link, "b");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect([readFileSync(target, "utf8"), statSync(target).mode & 0o777]).toEqual(["b", 0o640]);
  });
});

describe("a value of a tenant", () => {
  const path = ["routing", "settings", "ticketFields"];
  const value = { health: { id: 7, type: "integer" } };

  it("is written beside what the tenant has, with its comments", () => {
    const text = "version: 1\ntenants:\n  acme: # ours\n    csatDays: 30\n    routing:\n      defaults: true\n";
    const editedText = editTenant(text, "acme", path, value);
    expect(editedText.startsWith(text.trimEnd())).toBe(true);
    expect(parse(editedText).tenants.acme.routing).toEqual({ defaults: true, settings: { ticketFields: value } });
  });

  it("replaces the previous one", () => {
    const text = editTenant("version: 1\ntenants: { acme: { csatDays: 30 } }\n", "acme", path, {
      health: { id: 1, type: "text" },
    });
    expect(parse(editTenant(text, "acme", path, value)).tenants.acme).toEqual({
      csatDays: 30,
      routing: { settings: { ticketFields: value } },
    });
  });

  it("is refused where an alias would carry it to other tenants", () => {
    const text = "version: 1\ntenants:\n  acme: { routing: &r { defaults: true } }\n  globex: { routing: *r }\n";
    expect(() => editTenant(text, "globex", path, value)).toThrow("Edit the file by hand");
  });
});
