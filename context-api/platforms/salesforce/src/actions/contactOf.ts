import type { Attachment } from "@sidelight/platform-kit/action.ts";
import { idOf } from "./fields.ts";

/** The contact that a new object of a person should refer to. @param accountId account of the object */
export const contactOf = <Input>(
  accountId: string | null | undefined,
  attachTo: (contact: string) => Input,
): Attachment<Input> => ({
  object: "salesforce.contact",
  person: {},
  present: null,
  account: accountId ? `salesforce.account:${idOf(accountId)}` : null,
  isLoose: !accountId,
  attachTo,
});
