import { actionNames } from "@sidelight/model/actionNames.ts";
import { z } from "zod";

/** Rights that a configuration can change. What is left out stays as it is for the role. */
const rights = {
  pii: z.boolean().optional().describe("Sees personal values unmasked"),
  text: z.boolean().optional().describe("Sees what people wrote: subjects, descriptions, comments"),
  reveal: z.boolean().optional().describe("May reveal a masked value, with a reason"),
  identify: z.boolean().optional().describe("May decide who is who: link, unlink, merge, split"),
  act: z
    .array(z.enum(actionNames, `not an action. Use some of ${actionNames.join(", ")}`))
    .max(actionNames.length)
    .optional()
    .describe("Actions, and no others. reveal and identify can be given here or as members of their own"),
  sections: z.array(z.string()).max(50).optional().describe("Sections that are shown, and no others; all when left out"),
};

/** What the configuration changes of a role. */
export const RoleRights = z.strictObject(rights);
export type RoleRights = z.infer<typeof RoleRights>;

/** Roles of people at a panel. The other roles are for API keys. */
const PersonRole = z.enum(["agent", "rep"], "not a role of a person. Use agent, rep, none, or { role: agent, … } with rights");

/** What a person gets: a role, a role with rights of their own, or no access. */
export const Grant = z.union(
  [z.literal("none"), PersonRole, z.strictObject({ role: PersonRole, ...rights })],
  "not a grant. Use agent, rep, none, or { role: agent, … } with some of pii, text, reveal, identify, act, sections",
);
export type Grant = z.infer<typeof Grant>;

/** A person's own record at their platform, as they sign in: `zendesk.user:7`. */
const PersonRef = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\.user:[A-Za-z0-9]{1,64}$/, "not the ref of a person, as in zendesk.user:7 or salesforce.user:005…");

/** Rights by person, and by permission sets that a platform reports at the sign-in. */
export const People = z
  .record(PersonRef, Grant)
  .refine(
    (people) => Object.keys(people).length <= 10_000,
    "too many people. Use roles and permission sets, up to 10,000 people",
  );
export const PermissionSets = z.record(z.string().regex(/^\w{1,80}$/, "not the API name of a permission set"), Grant);
