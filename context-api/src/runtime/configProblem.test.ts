import { describe, expect, it } from "vitest";
import { problemView } from "./configProblem.ts";

const issue = (path: PropertyKey[] | null, message = "wrong") => ({
  path,
  message,
  location: { file: "/etc/sidelight/routes.yaml", line: 4 },
});
const view = (...issues: ReturnType<typeof issue>[]) => problemView({ issues, startedAt: 0 }, "acme", "/etc/sidelight");

describe("problemView", () => {
  it("shows issues of the tenant and of shared parts with relative files", () => {
    expect(view(issue(["tenants", "acme", "csatDays"]), issue(["http"]), issue(null), issue([]))).toEqual({
      since: "1970-01-01T00:00:00.000Z",
      issues: [
        { file: "routes.yaml", line: 4, path: "tenants.acme.csatDays", message: "wrong" },
        { file: "routes.yaml", line: 4, path: "http", message: "wrong" },
        { file: "routes.yaml", line: 4, path: null, message: "wrong" },
        { file: "routes.yaml", line: 4, path: "the file", message: "wrong" },
      ],
    });
  });

  it("hides the issues of other tenants, and mentions them when there are no others", () => {
    const { issues } = view(issue(["tenants", "acme"]), issue(["tenants", "globex"], "globex' secret name"));
    expect(issues.map((i) => i.path)).toEqual(["tenants.acme"]);
    const otherTenantView = view(issue(["tenants", "globex"], "globex' secret name"));
    expect(otherTenantView.issues).toHaveLength(1);
    expect(JSON.stringify(otherTenantView)).not.toContain("globex");
    expect(otherTenantView.issues[0]?.message).toContain("another tenant");
  });
});
