import type { TenantWorld } from "../world/tenant.ts";

/** The lab keeps job titles equal on all platforms. A person decides conflicts, in the console. */
export const labFields = {
  jobTitle: { preset: "jobTitle", platforms: { mixpanel: "role" }, direction: "two-way", rule: "manual", enabled: true },
};

const conflictCount = 3;

/**
 * Gives some users of Zendesk another job title than their contacts have, so that there are conflicts to decide. Only for a new world:
 * a person may have decided them.
 */
export function makeTitlesDiffer(world: TenantWorld): void {
  const { users } = world.zendesk;
  const people = world.people.filter(
    ({ salesforce, zendesk, mixpanel, alsoAt, company, tags }) =>
      salesforce && zendesk && mixpanel && alsoAt === null && company !== null && tags.every((tag) => tag === "everywhere"),
  );
  world.change(() => {
    for (const { index, title } of people.slice(0, conflictCount)) {
      const user = users.get(world.ids.zendesk.user(index));
      if (user) users.put({ ...user, user_fields: { ...user.user_fields, job_title: `Interim ${title}` } });
    }
  });
}
