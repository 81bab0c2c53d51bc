import type { Answer, House } from "./house.ts";

export interface CohortSending {
  tenant?: string;
  token?: string;
  username?: string;
  password?: string;
  /** In place of what username and password make. */
  authorization?: string | null;
}

export interface CohortAnswer {
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

/** `Basic …`, as RFC 7617 has it; written here apart from the product's own. */
export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;

export const projectOf = (house: House, tenant = "acme"): string =>
  String(house.lab.tenants[tenant]!.mixpanel.credentials.projectId);

/** A call as Mixpanel's documentation shows it. */
export function cohortCall(house: House, { action, session, members, page = 1, pages = 1, cohort, project }: CohortPage) {
  const { id, name = "Completed onboarding" } = cohort ?? { id: 4711 };
  return {
    action,
    parameters: {
      mixpanel_project_id: project ?? projectOf(house),
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

export async function sendMixpanel(house: House, body: unknown, sending: CohortSending = {}): Promise<Answer<CohortAnswer>> {
  const { tenant = "acme", token, authorization } = sending;
  const own = house.webhooks[tenant]!;
  const proof = authorization ?? basic(sending.username ?? own.mixpanel.username, sending.password ?? own.mixpanel.password);
  return await house.ask(`/v1/webhooks/${tenant}/mixpanel/${token ?? own.token.mixpanel}`, {
    role: null,
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...(authorization === null ? {} : { authorization: proof }) },
  });
}

export const sendCohort = (house: House, page: CohortPage, sending: CohortSending = {}) =>
  sendMixpanel(house, cohortCall(house, page), sending);
