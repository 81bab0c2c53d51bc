import type {
  ActionResult,
  ActionState,
  AuditEntry,
  CustomerPinList,
  DeleteNoteRequest,
  FollowUpRequest,
  FollowUpState,
  InsertRequest,
  NoteRequest,
  PinRequest,
  RefreshRequest,
  RevealedValues,
  RevealRequest,
} from "@sidelight/contracts/actions/action.ts";
import type { CustomerRow, CustomerSort, ListReason } from "@sidelight/contracts/customers/customer.ts";
import type { AnswerName, Answers } from "./answers.ts";
import { type ListOptions, type Page, pageFrom } from "./lists.ts";
import type { CallOptions, Sender } from "./send.ts";

export interface ActionOptions extends CallOptions {
  /** Makes a second attempt harmless: the same key with the same request is one action. */
  idempotencyKey: string;
}

export interface CustomerOptions extends CallOptions {
  limit?: number;
  cursor?: string;
  /** `me`, or the ref of a user: `salesforce.user:005…`. */
  owner?: string;
  band?: "good" | "watch" | "at_risk";
  trend?: "rising" | "steady" | "falling" | "new" | "inactive";
  reason?: ListReason;
  pinned?: true;
  sort?: CustomerSort;
}

export function actionOperations({ send }: Sender) {
  const take = async <N extends AnswerName>(
    name: string,
    body: object,
    { idempotencyKey, signal }: ActionOptions,
    answer: N,
  ): Promise<Answers[N]> => {
    const headers = { "idempotency-key": idempotencyKey };
    return (await send(`/v1/actions/${name}`, { method: "POST", body, headers, signal }, answer)).body;
  };
  return {
    /** Writes a note about a customer, which every panel shows. */
    addNote: (request: NoteRequest, options: ActionOptions): Promise<ActionResult> => take("note", request, options, "action"),

    /** Deletes a note, for all readers. */
    deleteNote: (request: DeleteNoteRequest, options: ActionOptions): Promise<ActionResult> =>
      take("delete-note", request, options, "action"),

    /** Pins a customer for the caller, or a note for all readers. */
    pin: (request: PinRequest, options: ActionOptions): Promise<ActionResult> => take("pin", request, options, "action"),

    /** Creates an internal note of a ticket or a task. {@link getAction} shows how far it is. */
    createFollowUp: (request: FollowUpRequest, options: ActionOptions): Promise<FollowUpState> =>
      take("follow-up", request, options, "followUp"),

    /** Masked values, for a minute. */
    revealValues: (request: RevealRequest, options: ActionOptions): Promise<RevealedValues> =>
      take("reveal", request, options, "revealed"),

    /** Fetches a customer from the platforms. */
    refreshCustomer: (request: RefreshRequest, options: ActionOptions): Promise<ActionResult> =>
      take("refresh", request, options, "action"),

    /** Records what was inserted into an editor. */
    recordInsert: (request: InsertRequest, options: ActionOptions): Promise<ActionResult> =>
      take("insert", request, options, "action"),

    /** An action that the caller took, and how far its delivery is. */
    async getAction(id: string, { signal }: CallOptions = {}): Promise<ActionState> {
      return (await send(`/v1/actions/${encodeURIComponent(id)}`, { signal }, "actionState")).body;
    },

    /** The customers that the caller pinned. */
    async getPins({ signal }: CallOptions = {}): Promise<CustomerPinList> {
      return (await send("/v1/pins", { signal }, "pins")).body;
    },

    /** Who did what, newest first. `type` is a verb: `actions.reveal`, `actor` the id of an API key or the ref of a person. */
    getAudit: (options: Omit<ListOptions, "source" | "state"> & { actor?: string } = {}): Promise<Page<AuditEntry>> =>
      pageFrom(send, "/v1/audit", options, "audit"),

    /** Companies, those that need a call most first. */
    getCustomers: (options: CustomerOptions = {}): Promise<Page<CustomerRow>> =>
      pageFrom(send, "/v1/customers", options, "customers"),
  };
}
