/** What a person can do from a panel, as `permissions.act`, the configuration and `POST /v1/actions/{action}` name it. */
export const actionNames = ["note", "pin", "follow-up", "refresh", "insert", "identify", "reveal"] as const;
export type ActionName = (typeof actionNames)[number];
