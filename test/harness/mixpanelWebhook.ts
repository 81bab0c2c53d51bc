import type { ApiResponse, Harness } from "./harness.ts";

export interface CohortOverrides {
  tenant?: string;
  token?: string;
  username?: string;
  password?: string;
  /** Replaces the header made of user name and password. */
  authorization?: string | null;
}

export interface CohortResponse {
  action: string;
  status: string;
}

export interface CohortPage {
  action: string;
  session: string;
  /** Distinct ids. */
  members: readonly string[];
  page?: number;
  pages?: number;
  cohort?: { id: string | number; name?: string };
  project?: string | number;
}

/** `Basic …` as in RFC 7617. Independent of the product's own code. */
export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;

export const projectOf = (harness: Harness, tenant = "acme"): string =>
  String(harness.lab.tenants[tenant]!.mixpanel.credentials.projectId);

/** A call as in Mixpanel's documentation. */
export function cohortCall(harness: Harness, { action, session, members, page = 1, pages = 1, cohort, project }: CohortPage) {
  const { id, name = "Completed onboarding" } = cohort ?? { id: 4711 };
  return {
    action,
    parameters: {
      mixpanel_project_id: project ?? projectOf(harness),
      mixpanel_cohort_name: name,
      mixpanel_cohort_id: id,
      mixpanel_cohort_description: "description",
      mixpanel_session_id: session,
      page_info: { total_pages: pages, page_count: page },
      members: members.map((member) => ({
        email: `${encodeURIComponent(member)}@example.com`,
        mixpanel_distinct_id: member,
        first_name: "Ada",
        last_name: "Byron",
      })),
    },
  };
}

export async function sendMixpanel(
  harness: Harness,
  body: unknown,
  overrides: CohortOverrides = {},
): Promise<ApiResponse<CohortResponse>> {
  const { tenant = "acme", token, authorization } = overrides;
  const webhooks = harness.webhooks[tenant]!;
  const proof =
    authorization ?? basic(overrides.username ?? webhooks.mixpanel.username, overrides.password ?? webhooks.mixpanel.password);
  return await harness.request(`/v1/webhooks/${tenant}/mixpanel/${token ?? webhooks.token.mixpanel}`, {
    role: null,
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...(authorization === null ? {} : { authorization: proof }) },
  });
}

export const sendCohort = (harness: Harness, page: CohortPage, overrides: CohortOverrides = {}) =>
  sendMixpanel(harness, cohortCall(harness, page), overrides);
