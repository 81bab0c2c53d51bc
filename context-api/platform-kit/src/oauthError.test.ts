import { describe, expect, it } from "vitest";
import { isStandardOAuthError, readOAuthError } from "./oauthError.ts";

describe("an answer to a token request", () => {
  it("is an OAuth error when it has its form", () => {
    expect(readOAuthError('{"error":"invalid_client","error_description":"no"}')).toEqual({
      error: "invalid_client",
      error_description: "no",
    });
    expect(readOAuthError('{"error":"inactive_user"}')).toEqual({ error: "inactive_user", error_description: "" });
  });

  it.each(["", "null", "<html>", '{"error":7}', '[{"errorCode":"X"}]', '{"message":"no"}'])("is none otherwise: %s", (body) => {
    expect(readOAuthError(body)).toBeNull();
  });

  it("has an error that the standard names, or one of an API", () => {
    expect(isStandardOAuthError('{"error":"invalid_client"}')).toBe(true);
    expect(isStandardOAuthError('{"error":"RecordNotFound","description":"Not found"}')).toBe(false);
  });
});
