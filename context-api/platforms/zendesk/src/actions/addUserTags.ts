import { canonicalEmail } from "@sidelight/model/identifiers/emailAddress.ts";
import type { Action } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { failure, success } from "@sidelight/platform-kit/outcome.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";
import { userRef } from "../records.ts";
import { addedTag } from "../reportedValues.ts";
import { idOf } from "./ids.ts";
import { findByEmail } from "./users.ts";

const byId = /^(zendesk\.user:)?[1-9]\d{0,18}$/;
const emailOf = (user: string): string | null => canonicalEmail(user.replace(/^email:/, ""));

const Input = z.strictObject({
  /** `zendesk.user:123`, `123`, `email:ada@acme.com` or `ada@acme.com`. */
  user: z.string().refine((user) => byId.test(user) || emailOf(user) !== null, "not a user ref, id or e-mail address"),
  tags: z.array(z.string().trim().min(1).max(255)).min(1).max(100),
});
type Input = z.infer<typeof Input>;

const Answer = z.looseObject({ tags: z.array(z.string()) });
/** Normalizes tags as Zendesk does. White space would separate tags. */
const normalizeTags = (tags: string[]): string[] => [
  ...new Set(tags.map((tag) => tag.trim().toLowerCase().replace(/\s+/g, "_"))),
];

/** `PUT /api/v2/users/{id}/tags` adds tags and keeps existing ones, so it is idempotent. */
export const addUserTags = (client: ZendeskClient): Action<Input> => ({
  summary: "Adds tags to a user and keeps existing tags",
  purpose: "support",
  input: Input,
  batch: 1,
  sameAs: ({ user }) => (byId.test(user) ? userRef(idOf(user)) : `email:${emailOf(user)}`),
  merge: (older, newer) => ({ user: newer.user, tags: normalizeTags([...older.tags, ...newer.tags]) }),
  writes: ({ user, tags }) => [
    {
      object: "zendesk.user",
      ref: byId.test(user) ? userRef(idOf(user)) : null,
      isCreation: false,
      values: {},
      additions: { [addedTag]: normalizeTags(tags) },
    },
  ],
  perform: (effects, call) =>
    performEach(effects, async ({ input: { user, tags } }) => {
      const id = byId.test(user) ? idOf(user) : await findByEmail(client, emailOf(user) ?? "", call);
      if (id === null) return failure("not_found", "No Zendesk user has this e-mail address.");
      const [path, route] = [`/api/v2/users/${id}/tags`, "/api/v2/users/{id}/tags"];
      await client.write({ method: "PUT", path, route, body: { tags: normalizeTags(tags) } }, Answer, call);
      return success(userRef(id));
    }),
});
