import getAction from "@salesforce/apex/SidelightActions.getAction";
import getPins from "@salesforce/apex/SidelightActions.getPins";
import take from "@salesforce/apex/SidelightActions.take";

/**
 * @typedef {import("@sidelight/panel/actions/transport.ts").ActionCommand} ActionCommand
 * @typedef {import("c/sidelightTransport").RecordSubject} RecordSubject
 */

/** Apex finds the customer by the record, and the API checks the rights of the running user.
 * @returns {import("@sidelight/panel/actions/transport.ts").ActionTransport<RecordSubject>} */
export function createApexActions() {
  return {
    take: ({ subject }, command, idempotencyKey) => {
      const input = JSON.stringify(inputOf(command));
      return settled(take({ ...recordOf(subject), action: command.kind, input, idempotencyKey }));
    },
    getFollowUp: ({ subject }, id) => settled(getAction({ ...recordOf(subject), id })),
    getPins: async ({ subject }) => {
      const result = await settled(getPins(recordOf(subject)));
      return "code" in result ? result : { value: result.value.items.map(customerOf) };
    },
  };
}

/** The body of the request, without the ref. @param {ActionCommand} command */
function inputOf(command) {
  if (command.kind === "pin") return { pinned: command.isPinned, note: command.note };
  const { kind: _, ...input } = command;
  return command.kind === "follow-up" ? { ...input, text: command.text || null } : input;
}

/** @param {{ customer: string }} pin */
const customerOf = ({ customer }) => customer;

/** @param {RecordSubject} subject */
const recordOf = ({ objectApiName, recordId }) => ({ objectApiName, recordId });

/** @param {Promise<{ status: number, body?: string | null }>} call @returns {Promise<{ value: any } | { code: any }>} */
async function settled(call) {
  try {
    const { status, body } = await call;
    const content = body ? JSON.parse(body) : null;
    if (status >= 200 && status < 300 && content) return { value: content };
    return { code: content?.code ?? "network" };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** Our Apex fails with `{"code": …}`. @param {any} error */
function codeOf(error) {
  try {
    return JSON.parse(error.body.message).code;
  } catch {
    return "network";
  }
}
