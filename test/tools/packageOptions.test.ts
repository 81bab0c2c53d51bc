import { describe, expect, it } from "vitest";
import { readPackageOptions } from "./packageOptions.ts";

describe("the arguments of npm run package", () => {
  it.each([
    [[], { parts: ["panels", "server"], target: { mode: "proxied", url: null } }],
    [["server"], { parts: ["server"], target: { mode: "proxied", url: null } }],
    [
      ["panels", "--api-url", "https://acme.example"],
      { parts: ["panels"], target: { mode: "proxied", url: "https://acme.example" } },
    ],
    [
      ["--url", "https://acme.example:8443/base/"],
      { parts: ["panels", "server"], target: { mode: "hosted", url: "https://acme.example:8443/base", installation: undefined } },
    ],
    [
      ["--url", "https://acme.example", "--installation", "support"],
      { parts: ["panels", "server"], target: { mode: "hosted", url: "https://acme.example", installation: "support" } },
    ],
  ])("%j are read", (args, options) => {
    expect(readPackageOptions(args)).toEqual(options);
  });

  it.each([
    [["client"], "There is no client to pack."],
    [["--api-url", "http://acme.example"], "it is http instead of https"],
    [["--url", "ftp://acme.example"], "it is ftp instead of https"],
    [["--url", "acme.example"], "it has no https://"],
    [["--url", "acme.example:8443/base"], "it has no https://"],
    [["--url", "https://"], "it is no URL"],
    [["--url", "https://user:secret@acme.example"], "it contains credentials"],
    [["--url", "https://acme.example/?key=1"], "it has a query or a fragment"],
    [["--url", "https://a.example", "--api-url", "https://b.example"], "Use either --url"],
    [["--installation", "support"], "--installation belongs to --url."],
    [["--url", "https://a.example", "--installation", "Support"], "is no name of an installation"],
    [["--host", "a.example"], "--host"],
  ])("%j are refused with the reason", (args, reason) => {
    expect(readPackageOptions(args)).toContain(reason);
  });
});
