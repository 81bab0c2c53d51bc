/** The exports of the shared panel code that the list of own accounts uses. */
export { toMyAccounts } from "@sidelight/panel/accounts/myAccounts.ts";
