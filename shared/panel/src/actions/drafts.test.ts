import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDrafts } from "./drafts.ts";

function createStorage() {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

const person = "zendesk.user:7";

describe("a draft", () => {
  it("survives a reload, apart for each customer and each form", () => {
    const storage = createStorage();
    createDrafts(storage, person).keep("note", "person:a", { body: "Call before noon" });
    const reloadedDrafts = createDrafts(storage, person);
    expect(reloadedDrafts.read("note", "person:a")).toEqual({ body: "Call before noon" });
    expect(reloadedDrafts.read("note", "person:b")).toEqual({});
    expect(reloadedDrafts.read("follow-up", "person:a")).toEqual({});
  });

  it("is not shown to the next person in the same tab", () => {
    const storage = createStorage();
    createDrafts(storage, person).keep("note", "person:a", { body: "Call before noon" });
    expect(createDrafts(storage, "zendesk.user:8").read("note", "person:a")).toEqual({});
  });

  it("is gone after it was sent, and when its text was deleted", () => {
    const storage = createStorage();
    const drafts = createDrafts(storage, person);
    drafts.keep("note", "person:a", { body: "Call" });
    drafts.remove("note", "person:a");
    drafts.keep("note", "person:b", { body: "Call" });
    drafts.keep("note", "person:b", { body: " " });
    expect(createDrafts(storage, person).read("note", "person:a")).toEqual({});
    expect([...storage.values.values()]).toEqual(["[]"]);
  });

  it("lasts as long as the page where the browser refuses storage", () => {
    const refusal = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    const drafts = createDrafts({ getItem: refusal, setItem: refusal }, person);
    drafts.keep("note", "person:a", { body: "Call" });
    expect(drafts.read("note", "person:a")).toEqual({ body: "Call" });
  });

  it("is empty when the storage contains something else", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const drafts = createDrafts({ getItem: () => text, setItem: () => {} }, person);
        for (const value of Object.values(drafts.read("note", "person:a"))) expect(typeof value).toBe("string");
      }),
    );
  });

  it("is one of the last twenty", () => {
    const drafts = createDrafts(createStorage(), person);
    for (let index = 0; index < 25; index++) drafts.keep("note", `person:${index}`, { body: "Call" });
    expect(drafts.read("note", "person:4")).toEqual({});
    expect(drafts.read("note", "person:5")).toEqual({ body: "Call" });
  });
});
