import type { Context } from "@sidelight/contracts/context/context.ts";
import { localDay } from "@sidelight/panel/actions/localDay.ts";
import { toActions } from "@sidelight/panel/actions/toActions.ts";
import type { PanelOptions } from "@sidelight/panel/index.ts";
import type { PanelState } from "@sidelight/panel/view.ts";
import type { ActionsBinding } from "./binding.ts";
import { draftsOf } from "./drafts.ts";
import { FollowUp } from "./FollowUp.tsx";
import { Reveal } from "./Reveal.tsx";

export interface ActionPartProps {
  binding: ActionsBinding;
  panel: PanelState;
  /** With masked values. */
  context: Context | null;
  options: PanelOptions;
}

/** The open form of an action, and what the last action did. */
export function ActionForms({ binding: { actions, state, host }, panel, context, options }: ActionPartProps) {
  const texts = toActions(context, options, { panel, host, state });
  const customer = context?.customer?.id ?? "";
  const open = panel === "ready" ? state.open : null;
  const failureOf = (kind: string): string => (state.failure?.kind === kind && state.failure.note === null ? texts.failure : "");
  return (
    <>
      {open?.kind === "follow-up" && (
        <FollowUp
          key={customer}
          actions={actions}
          view={texts.followUp}
          isSending={texts.isSending}
          failure={failureOf("follow-up")}
          drafts={draftsOf(host.person)}
          customer={customer}
          today={localDay(options.now, options.timeZone)}
          proposedDay={localDay(options.now, options.timeZone, 1)}
        />
      )}
      {open?.kind === "reveal" && (
        <Reveal
          key={open.part}
          actions={actions}
          view={texts.reveal}
          failure={failureOf("reveal")}
          part={open.part}
          pointers={open.pointers}
        />
      )}
      {failureOf("pin") && (
        <p role="alert" className="action-status tone-danger">
          <bdi>{failureOf("pin")}</bdi>
        </p>
      )}
      <p className="action-status" aria-live="polite">
        <bdi>{texts.status}</bdi>
      </p>
    </>
  );
}
