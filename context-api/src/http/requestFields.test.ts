import { describe, expect, it } from "vitest";
import { readFields } from "./requestFields.ts";

const read = (...rawHeaders: string[]) => readFields({ rawHeaders });

describe("the fields of a request", () => {
  it("are found whatever the case of their names, and others are left out", () => {
    expect(read("Host", "a.example", "AUTHORIZATION", "Bearer 1", "Cookie", "a=b", "Cookie", "c=d")).toEqual({
      host: "a.example",
      authorization: "Bearer 1",
    });
  });

  it("are refused when one is repeated, in the same or another case, also with an empty value", () => {
    expect(read("host", "a.example", "Host", "b.example")).toBeNull();
    expect(read("if-none-match", "", "if-none-match", '"x"')).toBeNull();
  });

  it("contain no inherited member of an object", () => {
    expect(read("constructor", "x", "__proto__", "y")).toEqual({});
  });
});
