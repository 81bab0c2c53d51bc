import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { storeErrorOf } from "../store/postgres/faults.ts";
import { CommandError } from "./errors.ts";
import { errorText } from "./printError.ts";

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("the text of an error", () => {
  it("is the message of our own errors", () => {
    expect(errorText(new CommandError("There is no store. Start serve first."), false)).toBe(
      "There is no store. Start serve first.\n",
    );
  });

  it("names what to check when the database cannot be reached", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.7:5432"), { code: "ECONNREFUSED" });
    expect(errorText(storeErrorOf(refused), false)).toBe(
      "The database cannot be reached. Check SIDELIGHT_DATABASE_URL, the network and the server, and run the command again.\n",
    );
  });

  it("names the path when the operating system refuses one", () => {
    const error = thrownBy(() => readFileSync("/nowhere/file"));
    expect(errorText(error, false)).toBe(
      "/nowhere/file: no such file or directory. Check that it exists and that you may use it.\n",
    );
  });

  it("is the first line of any other error, with the way to its stack", () => {
    expect(errorText(new Error("boom\nmore"), false)).toBe(
      "sidelight failed: boom. Run the command again with --stack to see where.\n",
    );
    expect(errorText("boom", false)).toBe("sidelight failed: boom\n");
  });

  it("has the stack and the causes on request", () => {
    const text = errorText(new Error("boom", { cause: new Error("deeper") }), true);
    expect(text).toMatch(/^sidelight failed: boom\.\nError: boom\n {4}at /);
    expect(text).toMatch(/caused by Error: deeper\n {4}at /);
  });
});
