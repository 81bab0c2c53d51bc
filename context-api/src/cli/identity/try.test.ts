import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tryMatching } from "./try.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-try-"));
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function run(lines: readonly string[]) {
  const files = { records: join(folder, "in.ndjson"), out: join(folder, "out.ndjson") };
  writeFileSync(files.records, lines.join("\n"));
  const code = await tryMatching(files);
  const text = readFileSync(files.out, "utf8");
  return {
    code,
    text,
    links: text
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

describe("sidelight identity try", () => {
  it("writes the cluster and the confidence of each record, in the order of the records", async () => {
    const { code, links } = await run([
      '{"id":"z","name":"Ann Lee","emails":["ann@acme.com"]}',
      "",
      '{"id":2,"name":"Zoe Fox","emails":"zoe@other.com","phones":null,"unknown":{"member":1}}',
      '{"id":"a","name":"Lee, Ann","emails":"ann@acme.com; ann@private.com","birthDate":"soon","externalIds":{"user":"u_1","account":null}}',
    ]);
    expect(code).toBe(0);
    expect(links.map(({ id, cluster }) => [id, cluster])).toEqual([
      ["z", "z"],
      ["2", "2"],
      ["a", "z"],
    ]);
    expect(links[1].confidence).toBe(1);
    expect(links[2].confidence).toBeGreaterThan(0.99);
  });

  it("writes the same bytes again, and nothing for no records", async () => {
    const lines = ['{"id":"1","emails":"ann@acme.com"}', '{"id":"2","emails":"ann+news@acme.com"}'];
    expect((await run(lines)).text).toBe((await run(lines)).text);
    expect((await run([])).text.trim()).toBe("");
  });

  it("writes a line for each record of one id, and says so", async () => {
    const errors = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const { links } = await run(['{"id":"1","name":"Ann Lee"}', '{"id":"1","name":"Zoe Fox"}']);
    expect(links.map(({ id }) => id)).toEqual(["1", "1"]);
    expect(errors.mock.calls.join("")).toContain("an earlier record has: 1.");
  });

  it.each([
    ["no JSON", '{"id":', "no JSON"],
    ["without an id", '{"name":"Ann"}', "id"],
    ["whose addresses are an object", '{"id":"1","emails":{}}', "emails"],
  ])("names the line that is %s, and writes nothing", async (_, line, reason) => {
    const result = run(['{"id":"1"}', line]);
    await expect(result).rejects.toThrow(/line 2/);
    await expect(result).rejects.toThrow(reason);
    expect(existsSync(join(folder, "out.ndjson"))).toBe(false);
  });
});
